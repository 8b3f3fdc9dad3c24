namespace ItsService.Core.Identifiers;

/// <summary>
/// A vCPU's place in its VM, from 0. It is also the GICR_TYPER.Processor_Number of its redistributor, and so the RDbase
/// of commands when GITS_TYPER.PTA is 0.
/// </summary>
/// <param name="Value">The index.</param>
public readonly record struct VcpuIndex(int Value);
