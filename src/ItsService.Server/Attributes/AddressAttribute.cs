namespace ItsService.Server.Attributes;

/// <summary>Attributes of the group of places. 0 and 1 belong to another interrupt controller, the GICv2.</summary>
internal static class AddressAttribute
{
    /// <summary>KVM_VGIC_V3_ADDR_TYPE_DIST.</summary>
    public const ulong Distributor = 2;

    /// <summary>KVM_VGIC_V3_ADDR_TYPE_REDIST: one region for all redistributors.</summary>
    public const ulong Redistributors = 3;

    /// <summary>KVM_VGIC_ITS_ADDR_TYPE.</summary>
    public const ulong Its = 4;

    /// <summary>KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION: one of several regions.</summary>
    public const ulong RedistributorRegion = 5;
}
