using ItsService.Differential.Steps;
using ItsService.Qtest;

namespace ItsService.Differential.Sides;

/// <summary>The operations of a step, sorted by CPU.</summary>
internal static class CpuScripts
{
    /// <summary>What the CPUs' program writes to ICC_PMR_EL1 as it starts.</summary>
    public const ulong InitialPriorityMask = 0xFF;

    public static CpuScript[] Of(CpuStep step, int cpuCount)
    {
        var scripts = Enumerable.Range(0, cpuCount).Select(_ => new CpuScript()).ToArray();
        foreach (var (cpu, operation, argument) in step.Operations)
        {
            scripts[cpu].Add(operation, argument);
        }

        return scripts;
    }
}
