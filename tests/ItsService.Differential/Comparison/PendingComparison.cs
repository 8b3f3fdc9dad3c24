using System.Numerics;
using ItsService.Differential.Generation;
using ItsService.Differential.Sides;

namespace ItsService.Differential.Comparison;

/// <summary>
/// Compares the pending LPIs of each CPU. While LPIs are enabled QEMU keeps them in the pending table and the service
/// on its heap; while they are not, and beyond the LPIs in range, both keep them in the table.
/// </summary>
/// <param name="both">The controllers.</param>
/// <param name="registers">Their registers.</param>
/// <param name="largestLpiEnd">Up to where the tables may hold anything.</param>
internal sealed class PendingComparison(BothSides both, LiveRegisters registers, uint largestLpiEnd)
{
    private const uint FirstLpi = 8192;
    private const int WholeTableBytes = 0x2000;

    private readonly AccessList _fromQemu = new();
    private readonly AccessList _fromService = new();

    /// <param name="pending">What the service says of the CPUs with LPIs enabled.</param>
    /// <param name="looksAtTable">Of the others: whether their tables may have changed.</param>
    public async Task<IReadOnlyList<Mismatch>> CompareAsync(PendingSets pending, Func<int, bool> looksAtTable)
    {
        var parts = Enumerable.Range(0, both.CpuCount).Select(cpu => Add(cpu, looksAtTable(cpu))).ToArray();
        var theirs = both.Qemu.Run(_fromQemu);
        var ours = _fromService.Count > 0 ? await both.Service.RunAsync(_fromService) : null;
        return
        [
            .. parts.Select((part, cpu) => Compare(
                cpu,
                [
                    .. part.IsEnabled ? pending.OfCpu[cpu] : [],
                    .. part.ServiceTail is { } tail ? Bits(ours!.Bytes(tail), part.TailFirst) : [],
                ],
                [
                    .. part.InRange is { } inRange ? Bits(theirs.Bytes(inRange), FirstLpi) : [],
                    .. part.QemuTail is { } qemuTail ? Bits(theirs.Bytes(qemuTail), part.TailFirst) : [],
                ])).OfType<Mismatch>(),
        ];
    }

    /// <summary>Asks for what is needed of a CPU: the LPIs in range, and what else its table holds.</summary>
    private Part Add(int cpu, bool looksAtTable)
    {
        var table = registers.PendingTable(cpu);
        var isEnabled = registers.LpisEnabled(cpu);
        var part = new Part { IsEnabled = isEnabled, TailFirst = isEnabled ? registers.LpiEnd(cpu) : 0 };
        if (!GuestLayout.IsInRam(table, WholeTableBytes))
        {
            return part;
        }

        if (isEnabled && registers.LpiEnd(cpu) > FirstLpi)
        {
            part = part with
            {
                InRange = _fromQemu.ReadMemory(
                    table + (FirstLpi / 8), (int)(registers.LpiEnd(cpu) - FirstLpi) / 8),
            };
        }

        var tailEnd = isEnabled ? largestLpiEnd : looksAtTable ? WholeTableBytes * 8U : 0;
        if (tailEnd <= part.TailFirst)
        {
            return part;
        }

        var (address, lengthBytes) = (table + (part.TailFirst / 8), (int)(tailEnd - part.TailFirst) / 8);
        return part with
        {
            QemuTail = _fromQemu.ReadMemory(address, lengthBytes),
            ServiceTail = _fromService.ReadMemory(address, lengthBytes),
        };
    }

    private static PendingMismatch? Compare(int cpu, IReadOnlyList<uint> service, IReadOnlyList<uint> qemu) =>
        service.SequenceEqual(qemu)
            ? null
            : new PendingMismatch(cpu, [.. service.Except(qemu)], [.. qemu.Except(service)]);

    private static List<uint> Bits(ReadOnlySpan<byte> table, uint first)
    {
        var set = new List<uint>();
        for (var index = table.IndexOfAnyExcept((byte)0); index >= 0;)
        {
            for (uint left = table[index]; left != 0; left &= left - 1)
            {
                set.Add(first + ((uint)index * 8) + (uint)BitOperations.TrailingZeroCount(left));
            }

            var distance = table[(index + 1)..].IndexOfAnyExcept((byte)0);
            index = distance < 0 ? -1 : index + 1 + distance;
        }

        return set;
    }

    /// <summary>Where the answers about a CPU will be; null where nothing was asked.</summary>
    private readonly record struct Part
    {
        public required bool IsEnabled { get; init; }

        /// <summary>The first LPI beyond those in range.</summary>
        public required uint TailFirst { get; init; }

        public int? InRange { get; init; }

        public int? QemuTail { get; init; }

        public int? ServiceTail { get; init; }
    }
}
