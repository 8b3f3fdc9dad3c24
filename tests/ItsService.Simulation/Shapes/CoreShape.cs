using ItsService.Core;
using ItsService.Core.Identifiers;
using ItsService.Core.Profiles;
using ItsService.Core.Registers;

namespace ItsService.Simulation.Shapes;

/// <summary>A shape as Core's configuration.</summary>
internal static class CoreShape
{
    private const int EventsKeptMax = 1 << 20;
    private static readonly GuestAddress DistributorBase = new(0x0800_0000);
    private static readonly GuestAddress FirstItsBase = new(0x2000_0000);

    public static VirtualGicConfiguration Of(Shape shape) => new()
    {
        Profile = ProfileOf(shape),
        Affinities = [.. shape.Affinities.Select(packed => new Affinity(packed))],
        ItsCount = shape.ItsCount,
        InlineCommandsMax = shape.InlineCommands,
        MappedEventsMax = shape.EventsMax,
        MappedDevicesMax = shape.DevicesMax,
        PendingLpisMax = shape.PendingLpisMax,
        EventsMax = EventsKeptMax,
        Layout = new FrameLayout
        {
            Distributor = DistributorBase,
            RedistributorRegions =
            [
                .. shape.Regions.Select(region => new RedistributorRegion(new GuestAddress(region.Base), region.Count)),
            ],
            ItsBases =
            [
                .. Enumerable.Range(0, shape.ItsCount)
                    .Select(its => (GuestAddress?)(FirstItsBase + ((ulong)its * GitsMap.FrameSizeBytes))),
            ],
        },
    };

    private static GicProfile ProfileOf(Shape shape)
    {
        var profile = shape.Profile == ShapeProfile.Qemu ? GicProfiles.Qemu : GicProfiles.Kvm;
        foreach (var (option, value) in shape.Options)
        {
            profile = Apply(profile, option, value);
        }

        return profile;
    }

    private static GicProfile Apply(GicProfile profile, ShapeOption option, int value) => option switch
    {
        ShapeOption.EventIdBits => profile with { EventIdBits = value },
        ShapeOption.DeviceIdBits => profile with { DeviceIdBits = value },
        ShapeOption.CollectionIdBits => profile with { CollectionIdBits = value, ReportsCollectionIdBits = true },
        ShapeOption.IntIdBits => profile with { IntIdBits = value },
        ShapeOption.IttEntryBytes => profile with { ReportedIttEntryBytes = value },
        ShapeOption.PhysicalTargets => profile with { PhysicalTargetAddresses = value == 1 },
        ShapeOption.HardwareCollections => profile with { HardwareCollections = value },
        ShapeOption.TwoLevelCollections => profile with { TwoLevelCollectionTable = value == 1 },
        ShapeOption.PageSizes => profile with
        {
            PageSizes = (TablePageSizes)value,
            DeviceBaserReset = PageSizeField.WithLargest(profile.DeviceBaserReset, value),
            CollectionBaserReset = PageSizeField.WithLargest(profile.CollectionBaserReset, value),
        },
        ShapeOption.ErrorPolicy => profile with { CommandErrorPolicy = (CommandErrorPolicy)value },
        ShapeOption.DirectLpis => profile with { DirectLpis = value == 1 },
        ShapeOption.StatusRegister => profile with { HasStatusRegister = value == 1 },
        ShapeOption.UnmappedRecord => profile with { RecordsUnmappedMessages = value == 1 },
        ShapeOption.MapcMovesPending => profile with { MapcMovesPending = value == 1 },
        ShapeOption.PriorityBits => profile with { PriorityBits = value },
        ShapeOption.SharedPropbaser => profile with { SharedPropbaser = value == 1 },
        ShapeOption.InvalidateRegisters => profile with { InvalidateRegisters = value == 1 },
        ShapeOption.EnableNeedsTables => profile with { EnableNeedsValidTables = value == 1 },
        ShapeOption.CbaserClearsCwriter => profile with { CbaserClearsCwriter = value == 1 },
        ShapeOption.KeepsCwriter => profile with { KeepsOutOfRangeCwriter = value == 1 },
        ShapeOption.AnyCwriterRetries => profile with { AnyCwriterWriteRetries = value == 1 },
        ShapeOption.MaptiNeedsConfiguration => profile with { MaptiNeedsConfiguration = value == 1 },
        ShapeOption.MaptiNeedsPendingTable => profile with { MaptiNeedsPendingTable = value == 1 },
        ShapeOption.LastInEachRegion => profile with { LastInEachRegion = value == 1 },
        ShapeOption.KeepsAttributes => profile with
        {
            AttributePolicy = value == 1 ? MemoryAttributePolicy.KeepAll : MemoryAttributePolicy.CoherentOnly,
        },
        ShapeOption.Waker => profile with { HasWaker = value == 1 },
        ShapeOption.IntIdLines => profile with { IntIdLines = value },
        ShapeOption.Group0 => profile with { HasGroup0Enable = value == 1 },
        ShapeOption.OneOfN => profile with { HasOneOfN = value == 1 },
        ShapeOption.MessageBasedSpis => profile with { HasMessageBasedSpis = value == 1 },
        ShapeOption.RangeSelector => profile with { HasRangeSelector = value == 1 },
        // The others are no part of the profile.
        _ => profile,
    };
}
