using ItsService.Core;
using ItsService.Core.Identifiers;
using ItsService.Core.Profiles;

namespace ItsService.Fuzz.Machines;

/// <summary>
/// The controllers that are tried. Their limits are small, so that an input of some kilobytes reaches them.
/// </summary>
internal static class MachineShapes
{
    public const int DevicesMax = 1 << 10;
    public const int EventsMax = 1 << 13;
    public const int PendingMax = 1 << 12;

    private static readonly GicProfile Custom = GicProfiles.Kvm with
    {
        Name = "custom",
        PageSizes = TablePageSizes.All,
        TwoLevelCollectionTable = true,
        HardwareCollections = 4,
        CommandErrorPolicy = CommandErrorPolicy.Stall,
        HasStatusRegister = true,
        RecordsUnmappedMessages = true,
        DirectLpis = true,
    };

    private static readonly GicProfile Wide = GicProfiles.Kvm with
    {
        Name = "custom",
        PageSizes = TablePageSizes.FourKiB | TablePageSizes.SixteenKiB,
        EventIdBits = 32,
        DeviceIdBits = 32,
        IntIdBits = 24,
        PhysicalTargetAddresses = true,
        PriorityBits = 7,
        PriorityMask = 0xFE,
        IntIdLines = 32,
        MapcMovesPending = false,
    };

    private static readonly GicProfile Narrow = GicProfiles.Kvm with
    {
        Name = "custom",
        PageSizes = TablePageSizes.FourKiB,
        DeviceBaserReset = GicProfiles.Kvm.DeviceBaserReset & ~0x300UL,
        CollectionBaserReset = GicProfiles.Kvm.CollectionBaserReset & ~0x300UL,
        EventIdBits = 5,
        DeviceIdBits = 6,
        CollectionIdBits = 4,
        ReportsCollectionIdBits = true,
        IntIdBits = 14,
        IntIdLines = 64,
        PriorityBits = 6,
        PriorityMask = 0xFC,
    };

    /// <summary>All of them. An input names one by its place, so that new ones come at the end.</summary>
    public static IReadOnlyList<VirtualGicConfiguration> All { get; } =
    [
        Of(GicProfiles.Kvm, vcpuCount: 1, itsCount: 1),
        Of(GicProfiles.Kvm, vcpuCount: 2, itsCount: 2),
        Of(GicProfiles.Qemu, vcpuCount: 2, itsCount: 1),
        Of(GicProfiles.Qemu, vcpuCount: 8, itsCount: 4),
        Of(Custom, vcpuCount: 2, itsCount: 2),
        Of(Wide, vcpuCount: 4, itsCount: 1),
        Of(Narrow, vcpuCount: 3, itsCount: 1),
        Of(GicProfiles.Qemu with { CommandErrorPolicy = CommandErrorPolicy.Stall }, vcpuCount: 1, itsCount: 2),
    ];

    /// <summary>A name for a shape that says no more than its place.</summary>
    public static string NameOf(VirtualGicConfiguration shape) => $"shape{All.ToList().IndexOf(shape)}";

    private static VirtualGicConfiguration Of(GicProfile profile, int vcpuCount, int itsCount) => new()
    {
        Profile = profile,
        Affinities = [.. Enumerable.Range(0, vcpuCount).Select(vcpu => Affinity.Default(new VcpuIndex(vcpu)))],
        ItsCount = itsCount,
        InlineCommandsMax = 64,
        MappedDevicesMax = DevicesMax,
        MappedEventsMax = EventsMax,
        PendingLpisMax = PendingMax,
        EventsMax = 64,
        Layout = new FrameLayout
        {
            Distributor = new GuestAddress(Places.Distributor),
            RedistributorRegions = [new RedistributorRegion(new GuestAddress(Places.Redistributors), vcpuCount)],
            ItsBases =
            [
                .. Enumerable.Range(0, itsCount).Select(its => (GuestAddress?)new GuestAddress(Places.ItsFrames(its))),
            ],
        },
    };
}
