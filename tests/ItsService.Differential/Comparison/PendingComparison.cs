using System.Numerics;
using ItsService.Differential.Generation;
using ItsService.Differential.Sides;

namespace ItsService.Differential.Comparison;

/// <summary>
/// Compares the pending LPIs of each CPU. While LPIs are enabled QEMU keeps them in the pending table and the service on
/// its heap; while they are not, both keep them in the table.
/// </summary>
internal sealed class PendingComparison(BothSides both, LiveRegisters registers)
{
    private const uint FirstLpi = 8192;
    private const int WholeTableBytes = 0x2000;

    /// <param name="pending">What the service says of the CPUs with LPIs enabled.</param>
    /// <param name="looksAtTable">Of the others: whether their tables may have changed.</param>
    public async Task<IReadOnlyList<Mismatch>> CompareAsync(PendingSets pending, Func<int, bool> looksAtTable)
    {
        var list = new AccessList();
        var forService = new AccessList();
        var places = new (int Place, int ServicePlace)?[both.CpuCount];
        for (var cpu = 0; cpu < both.CpuCount; cpu++)
        {
            if (!GuestLayout.IsInRam(registers.PendingTable(cpu), WholeTableBytes))
            {
                continue;
            }

            if (registers.LpisEnabled(cpu))
            {
                var lengthBytes = (int)(registers.LpiEnd(cpu) - FirstLpi) / 8;
                places[cpu] = lengthBytes > 0
                    ? (list.ReadMemory(registers.PendingTable(cpu) + (FirstLpi / 8), lengthBytes), -1)
                    : null;
            }
            else if (looksAtTable(cpu))
            {
                places[cpu] = (
                    list.ReadMemory(registers.PendingTable(cpu), WholeTableBytes),
                    forService.ReadMemory(registers.PendingTable(cpu), WholeTableBytes));
            }
        }

        var theirs = both.Qemu.Run(list);
        var ours = forService.Count > 0 ? await both.Service.RunAsync(forService) : null;
        return [.. Enumerable.Range(0, both.CpuCount).Select(cpu => Compare(cpu, pending, places[cpu], theirs, ours))
            .OfType<Mismatch>()];
    }

    private PendingMismatch? Compare(
        int cpu,
        PendingSets pending,
        (int Place, int ServicePlace)? places,
        AccessResults theirs,
        AccessResults? ours)
    {
        if (!registers.LpisEnabled(cpu))
        {
            return places is { } both
                ? Compare(cpu, Bits(ours!.Bytes(both.ServicePlace), 0), Bits(theirs.Bytes(both.Place), 0))
                : null;
        }

        return Compare(cpu, pending.OfCpu[cpu], places is { } table ? Bits(theirs.Bytes(table.Place), FirstLpi) : []);
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
}
