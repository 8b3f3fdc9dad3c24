using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using ItsService.Core.Events;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Registers;

namespace ItsService.Core.Redistributors;

/// <summary>
/// What GICR_CTLR.EnableLPIs does as it changes (redistributor-lpi section 3): 0→1 reads the pending table and the
/// configurations, 1→0 writes the pending table back.
/// </summary>
internal readonly struct LpiEnableTransition(GicParts parts, Redistributor redistributor, GicrPendbaser pendbaser)
{
    /// <summary>Where the bits of LPIs begin; the bytes below are left alone (tables section 10).</summary>
    private const uint FirstByte = IntId.FirstLpi / 8;

    // The part of the table that holds LPIs: none when the configuration table is too small for any.
    private int TableBytes => Math.Max(0, (int)((1u << redistributor.IntIdBits) / 8) - (int)FirstByte);

    private GuestAddress TableAddress => pendbaser.Address + FirstByte;

    /// <summary>The part of the table that holds LPIs.</summary>
    public GuestRange Table => new(TableAddress, (ulong)TableBytes);

    /// <summary>
    /// Everything is read before anything changes, so that a part that is not resident can be fetched first. Of a table
    /// that cannot be read, or holds more LPIs than may become pending, none is pending.
    /// </summary>
    public MemoryOutcome Enable(out LpiEnableFindings findings)
    {
        findings = default;
        var length = pendbaser.PendingTableZero ? 0 : TableBytes;
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var table = rented.AsSpan(0, length);
            parts.Work.AddTableBytes(length);
            var outcome = length == 0 ? MemoryOutcome.Ok : parts.Memory.Read(TableAddress, table);
            if (outcome.IsNotResident)
            {
                return outcome;
            }

            if (!outcome.IsOk)
            {
                findings = new LpiEnableFindings(IsTableUnreadable: true, LostCount: 0, Unreadable: null);
                return Enable(table: [], ref findings);
            }

            var found = CountOnes(table);
            var isTooFull = found > parts.Configurations.RoomForPending;
            findings = new LpiEnableFindings(IsTableUnreadable: false, isTooFull ? found : 0, Unreadable: null);
            return Enable(isTooFull ? [] : table, ref findings);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>What is pending goes into the table, and is lost where that cannot be written.</summary>
    public MemoryOutcome Disable()
    {
        var outcome = WriteTable();
        if (outcome.IsNotResident)
        {
            return outcome;
        }

        if (!outcome.IsOk)
        {
            ReportLost(GicEventKind.PendingTableUnwritable, redistributor.Lpis.Count);
        }

        redistributor.Lpis.Clear();
        return MemoryOutcome.Ok;
    }

    /// <summary>Every bit is written, zeros too: an LPI acknowledged meanwhile must not come back.</summary>
    public MemoryOutcome WriteTable()
    {
        var length = TableBytes;
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var table = rented.AsSpan(0, length);
            table.Clear();
            var pending = redistributor.Lpis;
            parts.Work.AddTableBytes(length);
            parts.Work.AddLpis(pending.Count);
            for (var from = default(IntId); pending.TryNext(from, out var lpi); from = new IntId(lpi.Value + 1))
            {
                table[(int)((lpi.Value / 8) - FirstByte)] |= (byte)(1 << (int)(lpi.Value % 8));
            }

            return length == 0 ? MemoryOutcome.Ok : parts.Memory.Write(TableAddress, table);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>
    /// Ok when a redistributor that reads the table finds nothing pending: it cannot be read, or holds zeros.
    /// </summary>
    public MemoryOutcome ProbeForZeros()
    {
        var length = TableBytes;
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var table = rented.AsSpan(0, length);
            var outcome = parts.Memory.Read(TableAddress, table);
            return outcome.IsNotResident ? outcome
                : outcome.IsOk && table.ContainsAnyExcept((byte)0) ? MemoryOutcome.Fault
                : MemoryOutcome.Ok;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static int CountOnes(ReadOnlySpan<byte> table)
    {
        var count = 0;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(table))
        {
            count += BitOperations.PopCount(word);
        }

        return count;
    }

    private MemoryOutcome Enable(ReadOnlySpan<byte> table, ref LpiEnableFindings findings)
    {
        Span<byte> piece = stackalloc byte[LpiConfigurationRefresh.PieceBytes];
        var refresh = new LpiConfigurationRefresh(parts, redistributor, piece);
        var outcome = refresh.CollectKnown(new LpisTargeting(parts.Configurations, redistributor));
        findings = findings with { Unreadable = refresh.FirstUnreadableInTable };
        for (var lpi = NextPending(table, IntId.FirstLpi); outcome.IsOk && lpi != 0; lpi = NextPending(table, lpi + 1))
        {
            outcome = refresh.Collect(new IntId(lpi));
        }

        if (outcome.IsNotResident)
        {
            return outcome;
        }

        if (findings.IsTableUnreadable)
        {
            ReportUnreadable();
        }
        else if (findings.LostCount > 0)
        {
            ReportLost(GicEventKind.PendingTableTooFull, findings.LostCount);
        }

        // Pending first: an LPI that nothing maps has a configuration only while it is pending.
        for (var lpi = NextPending(table, IntId.FirstLpi); lpi != 0; lpi = NextPending(table, lpi + 1))
        {
            redistributor.Lpis.Add(new IntId(lpi));
        }

        refresh.Commit();
        return MemoryOutcome.Ok;
    }

    /// <summary>The first pending LPI at or above <paramref name="from"/>, or 0.</summary>
    private static uint NextPending(ReadOnlySpan<byte> table, uint from)
    {
        var index = (int)((from / 8) - FirstByte);
        if (index >= table.Length)
        {
            return 0;
        }

        var firstByte = (uint)table[index] >> (int)(from % 8);
        if (firstByte != 0)
        {
            return from + (uint)BitOperations.TrailingZeroCount(firstByte);
        }

        var distance = table[(index + 1)..].IndexOfAnyExcept((byte)0);
        if (distance < 0)
        {
            return 0;
        }

        index += 1 + distance;
        return ((FirstByte + (uint)index) * 8) + (uint)BitOperations.TrailingZeroCount((uint)table[index]);
    }

    private void ReportUnreadable() => parts.Events.Append(new GicEvent
    {
        Kind = GicEventKind.PendingTableUnreadable,
        Vcpu = redistributor.Index,
    });

    private void ReportLost(GicEventKind kind, int count)
    {
        parts.Counters.CountLostLpis(count);
        parts.Events.Append(new GicEvent
        {
            Kind = kind,
            Vcpu = redistributor.Index,
            LpiCount = count,
        });
    }
}
