namespace ItsService.Server.Attributes;

/// <summary>KVM's groups of attributes that there are here (KVM_DEV_ARM_VGIC_GRP_*).</summary>
internal enum AttributeGroup : uint
{
    /// <summary>Places of frames.</summary>
    Address = 0,

    /// <summary>Registers of the distributor.</summary>
    DistributorRegisters = 1,

    /// <summary>Orders to do something.</summary>
    Control = 4,

    /// <summary>Registers of a redistributor.</summary>
    RedistributorRegisters = 5,

    /// <summary>System registers of a CPU interface.</summary>
    SystemRegisters = 6,

    /// <summary>Lines of devices to SPIs and PPIs.</summary>
    LineLevels = 7,

    /// <summary>Registers of an ITS.</summary>
    ItsRegisters = 8,
}
