using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using ItsService.Core.Identifiers;
using ItsService.Core.State;

namespace ItsService.Core.Redistributors;

/// <summary>
/// 256 LPIs that follow one another: their configurations as last read, byte after byte as in the guest's table, so
/// that INVALL compares the two at memory speed; and what else is remembered of each.
/// </summary>
internal sealed class LpiChunk
{
    public const int SizeBits = 8;
    public const int LpiCount = 1 << SizeBits;

    private ConfigurationBytes _configurations;
    private RecordValues _records;

    // Spent with the first LPI that is pending at several redistributors, which is rare.
    private LpiPlaces? _places;
    private LpiRecord _commonOwner;
    private bool _ownersDiffer;

    /// <summary>How many of them are present.</summary>
    public int PresentCount { get; private set; }

    /// <summary>How many are present though their configuration was never read.</summary>
    public int UnknownCount { get; private set; }

    /// <summary>Whether the configuration of one that is present was read.</summary>
    public bool HasKnown => UnknownCount < PresentCount;

    /// <summary>
    /// Stands for all that are present, as far as the collection goes, when one has mapped them all; null otherwise.
    /// Devices get their LPIs in blocks, so that this is common.
    /// </summary>
    public LpiRecord? CommonOwner => _ownersDiffer ? null : _commonOwner;

    /// <summary>The configurations; 0, which is disabled, where none was read.</summary>
    public ReadOnlySpan<byte> Configurations => _configurations;

    public LpiConfiguration Configuration(int index) => new(_configurations[index & (LpiCount - 1)]);

    public LpiRecord Record(int index) => new(_records[index & (LpiCount - 1)]);

    /// <summary>Keeps a record. One that is not present is forgotten with its configuration.</summary>
    public void Set(int index, LpiRecord record)
    {
        var before = Record(index);
        PresentCount += (record.IsPresent ? 1 : 0) - (before.IsPresent ? 1 : 0);
        UnknownCount += (IsUnknown(record) ? 1 : 0) - (IsUnknown(before) ? 1 : 0);
        if (!record.IsPresent)
        {
            _records[index & (LpiCount - 1)] = 0;
            _configurations[index & (LpiCount - 1)] = 0;
            _ownersDiffer &= PresentCount > 0;
            return;
        }

        _ownersDiffer |= PresentCount > 1 && _commonOwner != record.OwnerOnly();
        _commonOwner = record.OwnerOnly();
        _records[index & (LpiCount - 1)] = record.Raw;
    }

    /// <summary>Notes that one more redistributor has the LPI pending; returns its configuration.</summary>
    public LpiConfiguration AddPending(int index, VcpuIndex vcpu)
    {
        var record = Record(index);
        if (record.IsPending)
        {
            AddPlace(index, record, vcpu);
        }
        else if (record.IsPresent)
        {
            _records[index & (LpiCount - 1)] = record.PendingOnlyAt(vcpu).Raw;
        }
        else
        {
            Set(index, record.PendingOnlyAt(vcpu));
        }

        return Configuration(index);
    }

    /// <summary>
    /// Notes that the LPI is pending nowhere any more, where that is all there is to it: it was pending at one
    /// redistributor, and an event maps it.
    /// </summary>
    public bool TryRemovePending(int index, PendingEnd end)
    {
        var record = Record(index);
        if (!record.IsMapped || record.IsPendingAtSeveral)
        {
            return false;
        }

        _records[index & (LpiCount - 1)] = record.PendingNowhere(end).Raw;
        return true;
    }

    /// <summary>The record of an LPI that one of the redistributors at which it is pending has no more.</summary>
    public LpiRecord WithoutPlace(int index, VcpuIndex vcpu, PendingEnd end)
    {
        var record = Record(index);
        if (!record.IsPendingAtSeveral)
        {
            return record.PendingNowhere(end);
        }

        return _places!.Remove(index, vcpu, out var last) ? record.PendingOnlyAt(last) : record;
    }

    /// <summary>Notes that a redistributor has the LPI pending in place of one that had it.</summary>
    public void MovePending(int index, VcpuIndex from, VcpuIndex to)
    {
        var record = Record(index);
        if (record.IsPendingAtSeveral)
        {
            _places!.Move(index, from, to);
        }
        else
        {
            _records[index & (LpiCount - 1)] = record.PendingOnlyAt(to).Raw;
        }
    }

    public void Set(int index, LpiConfiguration configuration) =>
        _configurations[index & (LpiCount - 1)] = configuration.Raw;

    public LpiBlockState Save(IntId first)
    {
        Span<ulong> known = stackalloc ulong[LpiCount / 64];
        for (var index = 0; index < LpiCount; index++)
        {
            known[index / 64] |= Record(index).IsConfigurationKnown ? 1UL << (index % 64) : 0;
        }

        return new LpiBlockState(first.Value, [.. known], ImmutableArray.Create(Configurations));
    }

    private void AddPlace(int index, LpiRecord record, VcpuIndex vcpu)
    {
        _places ??= new LpiPlaces();
        if (record.IsPendingAtSeveral)
        {
            _places.Add(index, vcpu);
            return;
        }

        _places.Begin(index, record.PendingAt, vcpu);
        _records[index & (LpiCount - 1)] = record.PendingAtSeveral().Raw;
    }

    private static bool IsUnknown(LpiRecord record) => record is { IsPresent: true, IsConfigurationKnown: false };

    [InlineArray(LpiCount)]
    private struct ConfigurationBytes
    {
        private byte _first;
    }

    [InlineArray(LpiCount)]
    private struct RecordValues
    {
        private uint _first;
    }
}
