namespace ItsService.ReferenceModel;

/// <summary>Which kind of register frame an offset counts from.</summary>
public enum ReferenceFrame
{
    /// <summary>The one distributor; the index is not looked at.</summary>
    Distributor,

    /// <summary>RD_base of the vCPU of that index, SGI_base 64 KiB above.</summary>
    Redistributor,

    /// <summary>The control frame of the ITS of that index, its translation frame 64 KiB above.</summary>
    Its,
}
