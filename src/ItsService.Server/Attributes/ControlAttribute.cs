namespace ItsService.Server.Attributes;

/// <summary>Attributes of the group of orders.</summary>
internal static class ControlAttribute
{
    /// <summary>KVM_DEV_ARM_VGIC_CTRL_INIT, of the controller and of an ITS.</summary>
    public const ulong Init = 0;

    /// <summary>KVM_DEV_ARM_ITS_SAVE_TABLES.</summary>
    public const ulong SaveTables = 1;

    /// <summary>KVM_DEV_ARM_ITS_RESTORE_TABLES.</summary>
    public const ulong RestoreTables = 2;

    /// <summary>KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES, of the controller.</summary>
    public const ulong SavePendingTables = 3;

    /// <summary>KVM_DEV_ARM_ITS_CTRL_RESET.</summary>
    public const ulong Reset = 4;
}
