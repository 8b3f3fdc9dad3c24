using ItsService.ReferenceModel;

namespace ItsService.Simulation.Shapes;

/// <summary>A shape as the reference's configuration.</summary>
internal static class ReferenceShape
{
    private const uint ReservedPageSize = 3;

    public static ReferenceConfiguration Of(Shape shape) => new(
        ProfileOf(shape),
        [.. shape.Affinities],
        shape.ItsCount,
        RedistributorBase: null,
        shape.EventsMax,
        shape.DevicesMax)
    {
        RedistributorRegions = shape.Regions,
        CommandsRunOnlyWhenTold = true,
        PendingLpisMax = shape.PendingLpisMax,
    };

    private static ReferenceProfile ProfileOf(Shape shape)
    {
        var profile = shape.Profile == ShapeProfile.Qemu ? ReferenceProfile.Qemu : ReferenceProfile.Kvm;
        foreach (var (option, value) in shape.Options)
        {
            profile = Apply(profile, option, value);
        }

        return profile;
    }

    private static ReferenceProfile Apply(ReferenceProfile profile, ShapeOption option, int value) => option switch
    {
        ShapeOption.EventIdBits => profile with { EventIdBits = value },
        ShapeOption.DeviceIdBits => profile with { DeviceIdBits = value },
        ShapeOption.CollectionIdBits => profile with { CollectionIdBits = value, CollectionIdLimit = true },
        ShapeOption.IntIdBits => profile with { IntIdBits = value },
        ShapeOption.IttEntryBytes => profile with { ReportedIttEntryBytes = value },
        ShapeOption.PhysicalTargets => profile with { Pta = value == 1 },
        ShapeOption.HardwareCollections => profile with { Hcc = value },
        ShapeOption.TwoLevelCollections => profile with { TwoLevelCollectionTable = value == 1 },
        ShapeOption.PageSizes => profile with
        {
            AcceptedPageSizes = AcceptedPageSizes(value),
            BaserReset =
            [
                .. profile.BaserReset.Take(2).Select(reset => PageSizeField.WithLargest(reset, value)),
                .. profile.BaserReset.Skip(2),
            ],
        },
        ShapeOption.ErrorPolicy => profile with { ErrorPolicy = (ReferenceErrorPolicy)value },
        ShapeOption.DirectLpis => profile with { DirectLpis = value == 1 },
        ShapeOption.StatusRegister => profile with { HasStatusRegister = value == 1 },
        ShapeOption.UnmappedRecord => profile with { ReportsUnmappedMsis = value == 1 },
        ShapeOption.MapcMovesPending => profile with { MapcMovesPending = value == 1 },
        ShapeOption.PriorityBits => profile with { PriorityBits = value },
        ShapeOption.SharedPropbaser => profile with { SharedPropbaser = value == 1 },
        ShapeOption.InvalidateRegisters => profile with { InvalidateRegisters = value == 1 },
        ShapeOption.EnableNeedsTables => profile with { EnableNeedsValidTables = value == 1 },
        ShapeOption.CbaserClearsCwriter => profile with { CbaserClearsCwriter = value == 1 },
        ShapeOption.KeepsCwriter => profile with { KeepsOutOfRangeCwriter = value == 1 },
        ShapeOption.AnyCwriterRetries => profile with { AnyCwriterWriteRestartsStalledQueue = value == 1 },
        ShapeOption.MaptiNeedsConfiguration => profile with { MaptiNeedsConfiguration = value == 1 },
        ShapeOption.MaptiNeedsPendingTable => profile with { MaptiNeedsPendingTable = value == 1 },
        ShapeOption.LastInEachRegion => profile with { LastInEachRegion = value == 1 },
        ShapeOption.KeepsAttributes => profile with
        {
            Attributes = value == 1 ? ReferenceAttributePolicy.KeepAll : ReferenceAttributePolicy.SanitiseLikeKvm,
        },
        ShapeOption.Waker => profile with { HasWaker = value == 1 },
        ShapeOption.IntIdLines => profile with { GicdItLinesNumber = (uint)(value / 32) - 1 },
        ShapeOption.Group0 => profile with { HasGroup0Enable = value == 1 },
        ShapeOption.OneOfN => profile with { HasOneOfN = value == 1, GicdNo1N = value == 0 },
        ShapeOption.MessageBasedSpis => profile with { HasMessageBasedSpis = value == 1 },
        ShapeOption.RangeSelector => profile with { HasRangeSelector = value == 1 },
        // The others are no part of the profile.
        _ => profile,
    };

    /// <summary>The reserved encoding acts as 64 KiB, and reads back where there is a choice at all.</summary>
    private static List<uint> AcceptedPageSizes(int pageSizes)
    {
        var encodings = PageSizeField.Encodings(pageSizes).ToList();
        if (encodings.Count > 1 && encodings.Contains(2))
        {
            encodings.Add(ReservedPageSize);
        }

        return encodings;
    }
}
