using ItsService.Simulation.Shapes;

namespace ItsService.Simulation.Generation;

/// <summary>Draws a shape: how many vCPUs and ITSs, which profile, and in what it differs.</summary>
internal sealed class ShapeMaker(Prng prng)
{
    private const int Percent = 35;

    /// <summary>The numbers of vCPUs, one of them more often than the others.</summary>
    public static IReadOnlyList<int> VcpuCounts { get; } = [1, 4, 4, 512];

    /// <summary>The numbers of ITSs.</summary>
    public static IReadOnlyList<int> ItsCounts { get; } = [1, 2, 8];

    private Shape _shape = new(ShapeProfile.Kvm, 1, 1);

    public Shape Draw()
    {
        _shape = new Shape(
            prng.Pick(ShapeProfile.Kvm, ShapeProfile.Qemu, ShapeProfile.Custom, ShapeProfile.Custom),
            prng.PickFrom(VcpuCounts),
            prng.PickFrom(ItsCounts));
        Maybe(50, ShapeOption.ErrorPolicy, 0, 1, 2);
        Maybe(50, ShapeOption.SparseAffinities, 1);
        if (_shape.VcpuCount > 1)
        {
            Maybe(25, ShapeOption.SecondRegionFrom, 1, _shape.VcpuCount / 2, _shape.VcpuCount - 1);
            Maybe(50, ShapeOption.RegionGap, 1, 7);
        }

        Maybe(40, ShapeOption.InlineCommands, 0, 1, 2, 5, 20);
        Maybe(15, ShapeOption.EventsMax, 2, 4, 7, 12);
        Maybe(15, ShapeOption.DevicesMax, 1, 2, 3);
        if (_shape.Profile == ShapeProfile.Custom)
        {
            DrawItsOptions();
            DrawOtherOptions();
        }

        Maybe(10, ShapeOption.PendingLpisMax, 1, 2, 4, 20);

        return _shape;
    }

    private void DrawItsOptions()
    {
        Maybe(Percent, ShapeOption.EventIdBits, 1, 4, 5, 10, 14, 15, 20, 24, 32);
        Maybe(Percent, ShapeOption.DeviceIdBits, 1, 4, 8, 10, 17, 20, 24, 32);
        Maybe(Percent, ShapeOption.CollectionIdBits, 1, 2, 3, 8, 16);
        Maybe(Percent, ShapeOption.IttEntryBytes, 1, 4, 12, 16);
        Maybe(Percent, ShapeOption.PhysicalTargets, 1);
        Maybe(Percent, ShapeOption.HardwareCollections, 1, 2, 4, 16, 255);
        Maybe(Percent, ShapeOption.TwoLevelCollections, 1);
        Maybe(60, ShapeOption.PageSizes, 1, 2, 3, 4, 5, 6, 7);
        Maybe(Percent, ShapeOption.MapcMovesPending, 0, 1);
        Maybe(Percent, ShapeOption.EnableNeedsTables, 0, 1);
        Maybe(Percent, ShapeOption.CbaserClearsCwriter, 0, 1);
        Maybe(Percent, ShapeOption.KeepsCwriter, 0, 1);
        Maybe(Percent, ShapeOption.AnyCwriterRetries, 0, 1);
        Maybe(Percent, ShapeOption.MaptiNeedsConfiguration, 0, 1);
        Maybe(Percent, ShapeOption.MaptiNeedsPendingTable, 0, 1);
        Maybe(Percent, ShapeOption.StatusRegister, 1);
        if (_shape[ShapeOption.StatusRegister] == 1)
        {
            Maybe(70, ShapeOption.UnmappedRecord, 1);
        }
    }

    private void DrawOtherOptions()
    {
        Maybe(Percent, ShapeOption.IntIdBits, 14, 15, 17, 20, 24, 24);
        Maybe(50, ShapeOption.DirectLpis, 1);
        Maybe(Percent, ShapeOption.PriorityBits, 5, 6, 7);
        Maybe(Percent, ShapeOption.SharedPropbaser, 0, 1);
        Maybe(Percent, ShapeOption.InvalidateRegisters, 0, 1);
        Maybe(Percent, ShapeOption.KeepsAttributes, 0, 1);
        Maybe(Percent, ShapeOption.Waker, 0, 1);
        Maybe(Percent, ShapeOption.LastInEachRegion, 0, 1);
        Maybe(Percent, ShapeOption.IntIdLines, 32, 64, 96, 992, 1024);
        Maybe(50, ShapeOption.Group0, 1);
        Maybe(50, ShapeOption.OneOfN, 1);
        Maybe(Percent, ShapeOption.MessageBasedSpis, 1);
        Maybe(Percent, ShapeOption.RangeSelector, 1);
    }

    private void Maybe(int percent, ShapeOption option, params ReadOnlySpan<int> values)
    {
        var value = prng.Pick(values);
        if (prng.Percent(percent))
        {
            _shape = _shape.With(option, value);
        }
    }
}
