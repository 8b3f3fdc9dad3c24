using ItsService.Core.Registers;

namespace ItsService.Core.Profiles;

/// <summary>The ready-made profiles.</summary>
public static class GicProfiles
{
    /// <summary>The Linux kernel's virtual GICv3 and ITS, as of 2026.</summary>
    public static GicProfile Kvm { get; } = new()
    {
        Name = "kvm",
        GitsIidr = 0x4B00_043B,
        ReportedIttEntryBytes = 8,
        DeviceBaserReset = 0x1907_0000_0000_0600,
        CollectionBaserReset = 0x1C07_0000_0000_0600,
        GitsIdentification = new IdentificationRegisters(0x40, 0x92, 0xB4, 0x3B, HasCidr: true),
        GicrIidr = 0x4B00_043B,
        GicrIdentification = new IdentificationRegisters(0, 0, 0, 0x3B, HasCidr: false),
        LpiBaserReset = 0x580,
        GicdIidr = 0x4B00_343B,
        GicdStatusr = uint.MaxValue,
        GicdIdentification = new IdentificationRegisters(0, 0, 0, 0x3B, HasCidr: false),
    };

    /// <summary>QEMU's GICv3 and ITS without virtual LPIs, as of 7.2; the recordings were made on it.</summary>
    public static GicProfile Qemu { get; } = new()
    {
        Name = "qemu",
        GitsIidr = 0x0000_043B,
        ReportedIttEntryBytes = 12,
        ReportsCollectionIdBits = true,
        DeviceBaserReset = 0x0107_0000_0000_0200,
        CollectionBaserReset = 0x0407_0000_0000_0200,
        PageSizes = TablePageSizes.All,
        TwoLevelCollectionTable = true,
        AttributePolicy = MemoryAttributePolicy.KeepAll,
        EnableNeedsValidTables = false,
        CbaserClearsCwriter = false,
        KeepsOutOfRangeCwriter = true,
        AnyCwriterWriteRetries = true,
        MapcMovesPending = false,
        CommandErrorPolicy = CommandErrorPolicy.StallOnMemoryError,
        MaptiNeedsConfiguration = false,
        MaptiNeedsPendingTable = false,
        GitsIdentification = new IdentificationRegisters(0x44, 0x94, 0xB4, 0x3B, HasCidr: true),
        GicrIidr = 0x0000_043B,
        CommonLpiAff = 1,
        ReportsAff3 = true,
        LastInEachRegion = true,
        SharedPropbaser = false,
        InvalidateRegisters = false,
        HasWaker = true,
        GicrIdentification = new IdentificationRegisters(0x44, 0x93, 0xB4, 0x3B, HasCidr: true),
        GicdIidr = 0x0000_043B,
        GicdTyperFixed = 0x0300_0000, // No1N and A3V
        HasGroup0Enable = true,
        PriorityMask = 0xFF,
        GicdIdentification = new IdentificationRegisters(0x44, 0x92, 0xB4, 0x3B, HasCidr: true),
        IccAff3Valid = true,
    };
}
