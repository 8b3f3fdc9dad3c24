using ItsService.Qtest;

namespace ItsService.Differential.Steps;

/// <summary>What CPUs do with their CPU interfaces, each its operations in order.</summary>
internal sealed record CpuStep(IReadOnlyList<(int Cpu, CpuOperation Operation, ulong Argument)> Operations) : Step
{
    /// <summary>Whether all of it or nothing is done when a difference is shrunk.</summary>
    public bool IsWhole { get; init; }

    public override int PartCount => IsWhole ? 1 : Operations.Count;

    /// <summary>Whether it takes interrupts, so that what comes after depends on which.</summary>
    public bool Acknowledges => Operations.Any(entry =>
        entry.Operation is CpuOperation.ReadIar1 or CpuOperation.Drain);

    public override Step WithParts(IReadOnlyList<int> parts) =>
        new CpuStep([.. parts.Select(part => Operations[part])]);

    public override IEnumerable<string> Describe() => Operations.Select(entry =>
        $"CPU {entry.Cpu}: {entry.Operation}{(IsWrite(entry.Operation) ? $" 0x{entry.Argument:x}" : "")}");

    public static bool IsWrite(CpuOperation operation) => operation
        is CpuOperation.WriteEoir1 or CpuOperation.WritePmr or CpuOperation.WriteBpr1 or CpuOperation.WriteDir
        or CpuOperation.WriteAp1R0 or CpuOperation.WriteCtlr;
}
