using ItsService.Differential.Sides;
using ItsService.Differential.Steps;
using ItsService.Qtest;

namespace ItsService.Differential.Comparison;

/// <summary>
/// Lets the CPUs of both sides do the same, and compares what they read and in which order they take.
/// </summary>
internal sealed class CpuComparison(BothSides both)
{
    public async Task RunAsync(CpuStep step, Action<Mismatch?> compare)
    {
        var theirs = both.Qemu.RunCpuScripts(CpuScripts.Of(step, both.CpuCount));
        var operations = OperationsByCpu(step);
        var ours = await both.Service.RunCpuScriptsAsync(operations, [.. theirs.Select(result => result.Drained)]);
        for (var cpu = 0; cpu < both.CpuCount; cpu++)
        {
            Compare(cpu, operations[cpu], ours[cpu], theirs[cpu], compare);
        }
    }

    private static void Compare(
        int cpu,
        (CpuOperation Operation, ulong Argument)[] operations,
        CpuResult ours,
        CpuResult theirs,
        Action<Mismatch?> compare)
    {
        for (var place = 0; place < operations.Length; place++)
        {
            var operation = operations[place].Operation;
            if (operation == CpuOperation.Drain)
            {
                compare(ours.Drained.SequenceEqual(theirs.Drained)
                    ? null
                    : new DrainMismatch(cpu, ours.Drained, theirs.Drained));
            }
            else if (!CpuStep.IsWrite(operation))
            {
                compare(ours.Values[place] == theirs.Values[place]
                    ? null
                    : new CpuMismatch(cpu, operation, ours.Values[place], theirs.Values[place]));
            }
        }
    }

    private (CpuOperation Operation, ulong Argument)[][] OperationsByCpu(CpuStep step) =>
    [
        .. Enumerable.Range(0, both.CpuCount).Select(cpu => step.Operations
            .Where(entry => entry.Cpu == cpu)
            .Select(entry => (entry.Operation, entry.Argument)).ToArray()),
    ];
}
