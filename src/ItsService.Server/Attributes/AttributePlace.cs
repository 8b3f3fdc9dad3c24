using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;

namespace ItsService.Server.Attributes;

/// <summary>An attribute of a device that is there, in a group that the device has.</summary>
/// <param name="Its">The ITS's number; null for the rest of the controller.</param>
/// <param name="Group">The group.</param>
/// <param name="Attr">The attribute in the group, as it came.</param>
/// <param name="Vcpu">Whose register it is, where it is one's.</param>
internal readonly record struct AttributePlace(int? Its, AttributeGroup Group, ulong Attr, VcpuIndex Vcpu)
{
    /// <summary>The number of the ITS that an attribute of an ITS belongs to.</summary>
    public int ItsNumber => Its.GetValueOrDefault();

    /// <summary>
    /// The offset in the frames of a distributor or a redistributor; of lines what is asked, and the first INTID.
    /// </summary>
    public uint Offset => (uint)Attr;

    /// <summary>The encoding of a system register.</summary>
    public SystemRegister SystemRegister => (SystemRegister)(ushort)Attr;

    /// <summary>Whether it is INIT, of the controller or of an ITS.</summary>
    public bool IsInit => Group == AttributeGroup.Control && Attr == ControlAttribute.Init;

    /// <summary>Whether its value has 32 bits.</summary>
    public bool IsWord => Group is AttributeGroup.DistributorRegisters or AttributeGroup.RedistributorRegisters
        or AttributeGroup.LineLevels;
}
