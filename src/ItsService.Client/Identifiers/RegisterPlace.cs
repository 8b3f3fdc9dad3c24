using ItsService.Protocol.V1;

namespace ItsService.Client.Identifiers;

/// <summary>
/// Which memory-mapped register is meant: by guest physical address, by frame and offset, or by name.
/// </summary>
public readonly record struct RegisterPlace
{
    private RegisterPlace(RegisterTarget target)
    {
        Target = target;
    }

    internal RegisterTarget Target { get; }

    /// <summary>At a guest physical address inside a placed frame.</summary>
    public static RegisterPlace At(GuestAddress address) => new(new RegisterTarget { Address = address.Value });

    /// <summary>In the distributor's frame.</summary>
    public static RegisterPlace InGicd(uint offset) => InFrame(Frame.Gicd, 0, offset);

    /// <summary>In a redistributor's two frames: RD_base from 0, SGI_base from 0x10000.</summary>
    public static RegisterPlace InGicr(VcpuIndex vcpu, uint offset) => InFrame(Frame.Gicr, vcpu.Value, offset);

    /// <summary>In an ITS's two frames: the control frame from 0, the translation frame from 0x10000.</summary>
    public static RegisterPlace InGits(ItsIndex its, uint offset) => InFrame(Frame.Gits, its.Value, offset);

    /// <summary>By the architecture's name, such as "GITS_TYPER" or "GICD_ISENABLER1".</summary>
    public static RegisterPlace Named(string name) => Named(name, 0);

    /// <summary>By the architecture's name. The index is that of the vCPU for GICR_*, of the ITS for GITS_*.</summary>
    public static RegisterPlace Named(string name, uint index) =>
        new(new RegisterTarget { Named = new NamedRegister { Name = name, Index = index } });

    /// <summary>The place as a person writes it: "GICR_CTLR@2", "gits0+0x8", "0x8080008".</summary>
    public override string ToString() => Target?.PlaceCase switch
    {
        RegisterTarget.PlaceOneofCase.Address => $"0x{Target.Address:x}",
        RegisterTarget.PlaceOneofCase.FrameOffset =>
            $"{Target.FrameOffset.Frame.ToString().ToLowerInvariant()}{Target.FrameOffset.Index}"
            + $"+0x{Target.FrameOffset.Offset:x}",
        RegisterTarget.PlaceOneofCase.Named when Target.Named.Index == 0 => Target.Named.Name,
        RegisterTarget.PlaceOneofCase.Named => $"{Target.Named.Name}@{Target.Named.Index}",
        _ => "nowhere",
    };

    private static RegisterPlace InFrame(Frame frame, uint index, uint offset) =>
        new(new RegisterTarget { FrameOffset = new FrameOffset { Frame = frame, Index = index, Offset = offset } });
}
