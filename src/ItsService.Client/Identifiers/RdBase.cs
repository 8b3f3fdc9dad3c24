namespace ItsService.Client.Identifiers;

/// <summary>
/// Which redistributor a command targets (RDbase). GITS_TYPER.PTA says which of the two forms an ITS takes: 0, as in
/// the KVM and QEMU profiles, a number; 1 an address.
/// </summary>
public readonly record struct RdBase
{
    private RdBase(ulong value)
    {
        Value = value;
    }

    /// <summary>The Processor_Number, or the address.</summary>
    public ulong Value { get; }

    /// <summary>By the vCPU, whose index is the Processor_Number of its redistributor.</summary>
    public static RdBase Of(VcpuIndex vcpu) => new(vcpu.Value);

    /// <summary>By the guest physical address of its RD_base frame.</summary>
    public static RdBase At(GuestAddress frame) => new(frame.Value);

    /// <summary>The value in hex.</summary>
    public override string ToString() => $"0x{Value:x}";
}
