using ItsService.Core.Identifiers;

namespace ItsService.Core.Tests;

/// <summary>From a guest physical address to a frame and back.</summary>
public class FrameLayoutTests
{
    private static readonly FrameLayout Layout = new()
    {
        Distributor = new GuestAddress(0x0800_0000),
        RedistributorRegions =
        [
            new RedistributorRegion(new GuestAddress(0x080A_0000), 2),
            new RedistributorRegion(new GuestAddress(0x4000_0000), 3),
        ],
        ItsBases = [new GuestAddress(0x0900_0000), null, new GuestAddress(0x0902_0000)],
    };

    [Theory]
    [InlineData(0x0800_0000UL, FrameKind.Gicd, 0, 0)]
    [InlineData(0x0800_FFFCUL, FrameKind.Gicd, 0, 0xFFFC)]
    [InlineData(0x080A_0000UL, FrameKind.Gicr, 0, 0)]
    [InlineData(0x080D_0104UL, FrameKind.Gicr, 1, 0x1_0104)]
    [InlineData(0x4000_0000UL, FrameKind.Gicr, 2, 0)]
    [InlineData(0x4005_FFFFUL, FrameKind.Gicr, 4, 0x1_FFFF)]
    [InlineData(0x0901_0040UL, FrameKind.Gits, 0, 0x1_0040)]
    [InlineData(0x0902_0000UL, FrameKind.Gits, 2, 0)]
    public void Address_in_a_frame_is_located(ulong address, FrameKind frame, int index, int offset) =>
        Assert.Equal(new FrameLocation(frame, index, offset), Layout.Locate(new GuestAddress(address)));

    [Theory]
    [InlineData(0UL)]
    [InlineData(0x07FF_FFFFUL)]
    [InlineData(0x0801_0000UL)]
    [InlineData(0x080E_0000UL)]
    [InlineData(0x0904_0000UL)]
    [InlineData(0x4006_0000UL)]
    [InlineData(0x1_0800_0000UL)]
    [InlineData(ulong.MaxValue)]
    public void Address_outside_all_frames_is_not_located(ulong address) =>
        Assert.Null(Layout.Locate(new GuestAddress(address)));

    [Fact]
    public void Redistributors_fill_the_regions_in_order()
    {
        ulong[] bases = [0x080A_0000, 0x080C_0000, 0x4000_0000, 0x4002_0000, 0x4004_0000];

        Assert.Equal(
            Enumerable.Range(0, 5).Select(n => (VcpuIndex?)new VcpuIndex(n)),
            bases.Select(address => Layout.RedistributorAt(new GuestAddress(address))));
        Assert.Equal(
            [false, true, false, false, true, false],
            Enumerable.Range(0, 6).Select(n => Layout.IsLastOfRegion(new VcpuIndex(n))));
    }

    [Fact]
    public void Redistributors_lie_128_KiB_apart_in_their_regions()
    {
        Assert.Equal(
            [0x080A_0000UL, 0x080C_0000, 0x4000_0000, 0x4002_0000, 0x4004_0000],
            Enumerable.Range(0, 5).Select(n => Layout.RedistributorBase(new VcpuIndex(n))?.Value));
        Assert.Null(Layout.RedistributorBase(new VcpuIndex(5)));
        Assert.Null(new FrameLayout().RedistributorBase(new VcpuIndex(0)));
    }

    [Fact]
    public void Redistributor_is_found_at_its_rd_base_alone()
    {
        Assert.Equal(new VcpuIndex(3), Layout.RedistributorAt(new GuestAddress(0x4002_0000)));
        Assert.Null(Layout.RedistributorAt(new GuestAddress(0x4003_0000)));
        Assert.Null(Layout.RedistributorAt(new GuestAddress(0x4002_0004)));
        Assert.Null(Layout.RedistributorAt(new GuestAddress(0x0800_0000)));
    }

    [Fact]
    public void Nothing_is_located_before_it_is_placed()
    {
        Assert.Null(new FrameLayout().Locate(new GuestAddress(0)));
        Assert.False(new FrameLayout().IsLastOfRegion(new VcpuIndex(0)));
    }
}
