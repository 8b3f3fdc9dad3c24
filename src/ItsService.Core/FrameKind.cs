namespace ItsService.Core;

/// <summary>A kind of register frame.</summary>
public enum FrameKind
{
    /// <summary>The distributor.</summary>
    Gicd,

    /// <summary>A redistributor: RD_base and SGI_base.</summary>
    Gicr,

    /// <summary>An ITS: control and translation frame.</summary>
    Gits,
}
