namespace ItsService.Client.Identifiers;

/// <summary>A vCPU's place in <c>VmSpec.vcpus</c>, which is its GICR_TYPER.Processor_Number.</summary>
/// <param name="Value">The place, from 0.</param>
public readonly record struct VcpuIndex(uint Value)
{
    /// <summary>The number in decimal.</summary>
    public override string ToString() => $"{Value}";
}
