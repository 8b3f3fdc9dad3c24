using ItsService.Protocol.V1;

namespace ItsService.Client.Identifiers;

/// <summary>
/// Which of KVM's device attributes is meant: of an ITS, or of the rest of the interrupt controller.
/// </summary>
public readonly record struct DeviceAttributeId
{
    private const uint AddressGroup = 0;
    private const uint DistributorGroup = 1;
    private const uint ControlGroup = 4;
    private const uint RedistributorGroup = 5;
    private const uint SystemRegisterGroup = 6;
    private const uint LevelGroup = 7;
    private const uint ItsGroup = 8;

    /// <summary>The distributor's base.</summary>
    public static readonly DeviceAttributeId DistributorAddress = OfController(AddressGroup, 2);

    /// <summary>The base of one region for all redistributors.</summary>
    public static readonly DeviceAttributeId RedistributorsAddress = OfController(AddressGroup, 3);

    /// <summary>
    /// One of several regions of redistributors: count in bits [63:52], base in [51:16], index in [11:0].
    /// </summary>
    public static readonly DeviceAttributeId RedistributorRegion = OfController(AddressGroup, 5);

    /// <summary>The order to write pending LPIs into the pending tables in guest memory.</summary>
    public static readonly DeviceAttributeId SavePendingTables = OfController(ControlGroup, 3);

    private DeviceAttributeId(DeviceAttribute attribute)
    {
        Attribute = attribute;
    }

    internal DeviceAttribute Attribute { get; }

    /// <summary>By KVM's numbers, of the controller (KVM_DEV_TYPE_ARM_VGIC_V3).</summary>
    public static DeviceAttributeId OfController(uint group, ulong attr) =>
        new(new DeviceAttribute { Group = group, Attr = attr });

    /// <summary>By KVM's numbers, of an ITS (KVM_DEV_TYPE_ARM_VGIC_ITS).</summary>
    public static DeviceAttributeId OfIts(ItsIndex its, uint group, ulong attr) =>
        new(new DeviceAttribute { Its = its.Value, Group = group, Attr = attr });

    /// <summary>An ITS's base.</summary>
    public static DeviceAttributeId ItsAddress(ItsIndex its) => OfIts(its, AddressGroup, 4);

    /// <summary>The order to write an ITS's tables into guest memory.</summary>
    public static DeviceAttributeId SaveTables(ItsIndex its) => OfIts(its, ControlGroup, 1);

    /// <summary>The order to read an ITS's tables from guest memory, which Resume does.</summary>
    public static DeviceAttributeId RestoreTables(ItsIndex its) => OfIts(its, ControlGroup, 2);

    /// <summary>The order to reset an ITS.</summary>
    public static DeviceAttributeId ResetIts(ItsIndex its) => OfIts(its, ControlGroup, 4);

    /// <summary>A register of an ITS's control frame, 64 bits.</summary>
    public static DeviceAttributeId ItsRegister(ItsIndex its, uint offset) => OfIts(its, ItsGroup, offset);

    /// <summary>32 bits of the distributor's frame.</summary>
    public static DeviceAttributeId DistributorRegister(uint offset) => OfController(DistributorGroup, offset);

    /// <summary>32 bits of a redistributor's frames; SGI_base begins at 0x10000.</summary>
    /// <param name="affinity">The vCPU's, as <c>Vcpu.affinity</c> has it.</param>
    /// <param name="offset">A multiple of 4.</param>
    public static DeviceAttributeId RedistributorRegister(uint affinity, uint offset) =>
        OfController(RedistributorGroup, ((ulong)affinity << 32) | offset);

    /// <summary>A system register of a CPU interface, 64 bits.</summary>
    /// <param name="affinity">The vCPU's, as <c>Vcpu.affinity</c> has it.</param>
    /// <param name="encoding">op0[15:14] op1[13:11] CRn[10:7] CRm[6:3] op2[2:0].</param>
    public static DeviceAttributeId SystemRegister(uint affinity, ushort encoding) =>
        OfController(SystemRegisterGroup, ((ulong)affinity << 32) | encoding);

    /// <summary>The lines of 32 INTIDs, a bit each.</summary>
    /// <param name="affinity">Some vCPU's, as <c>Vcpu.affinity</c> has it; of PPIs, whose they are.</param>
    /// <param name="firstIntId">A multiple of 32, 0..992.</param>
    public static DeviceAttributeId LineLevels(uint affinity, uint firstIntId) =>
        OfController(LevelGroup, ((ulong)affinity << 32) | firstIntId);

    /// <summary>As in "its 0, group 8, attr 0x80".</summary>
    public override string ToString() => Attribute is null ? "none"
        : Attribute.HasIts ? $"its {Attribute.Its}, group {Attribute.Group}, attr 0x{Attribute.Attr:x}"
        : $"group {Attribute.Group}, attr 0x{Attribute.Attr:x}";
}
