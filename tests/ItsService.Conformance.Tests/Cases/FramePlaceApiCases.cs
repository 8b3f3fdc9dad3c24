using ItsService.Conformance.Tests.Support;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Attributes;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using static ItsService.Server.Tests.Attributes.AttributeCalls;
using Guest = ItsService.Server.Tests.Guests.Guest;

namespace ItsService.Conformance.Tests.Cases;

/// <summary>
/// The tests of the cases about places of frames, of VMs that are made paused and without places. KVM's run of a vCPU
/// is here Resume.
/// </summary>
internal static class FramePlaceApiCases
{
    private const int VcpuCount = 4;
    private const uint ItsType = 4;
    private const uint DistributorType = 2;
    private const ulong AllOnes = ulong.MaxValue;
    private const ulong Redistributors = GuestMap.RedistributorBase;

    public static async Task RegistersBeforeTheIts()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await OpenAsync(server);
        await vm.AssertErrnoAsync(Kvm.Enxio, open => open.GetAttributeAsync(Gits(RegisterOffset.GitsCtlr)));
        await vm.AssertErrnoAsync(Kvm.Enxio, open => open.SetAttributeAsync(Gits(RegisterOffset.GitsCbaser)));
        await vm.SetAttributeAsync(ItsPlace(), GuestMap.ItsBase);
        await vm.SetAttributeAsync(Gits(RegisterOffset.GitsCbaser), 0);
    }

    public static Task MisalignedIts() => AssertItsErrnoAsync(Kvm.Einval, 0x0800_1000);

    public static Task ItsBeyondTheAddressSpace() => AssertItsErrnoAsync(Kvm.E2Big, 1UL << 52);

    public static async Task ItsTwice()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await OpenAsync(server);
        await vm.SetAttributeAsync(ItsPlace(), GuestMap.ItsBase);
        await vm.AssertErrnoAsync(Kvm.Eexist, open => open.SetAttributeAsync(ItsPlace(), GuestMap.ItsBase));
        await vm.AssertErrnoAsync(
            Kvm.Eexist, open => open.SetAttributeAsync(ItsPlace(), GuestMap.ItsBase + 0x10_0000));
        Assert.Equal(GuestMap.ItsBase, await vm.GetAttributeAsync(ItsPlace()));
    }

    public static async Task PlaceOfAnotherKind()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await OpenAsync(server);
        var place = OfIts(AddressGroup, DistributorType);
        await vm.AssertErrnoAsync(Kvm.Enodev, open => open.SetAttributeAsync(place, GuestMap.ItsBase));
        await vm.AssertErrnoAsync(Kvm.Enodev, open => open.GetAttributeAsync(place));
        await vm.AssertErrnoAsync(
            Kvm.Enxio, open => open.SetAttributeAsync(OfController(AddressGroup, ItsType), GuestMap.ItsBase));
    }

    public static async Task ItsBeforeItIsPlaced()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await OpenAsync(server);
        Assert.Equal(AllOnes, await vm.GetAttributeAsync(ItsPlace()));
    }

    public static async Task WrongFirstRegion()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await OpenAsync(server);
        foreach (var region in (ulong[])
            [Region(VcpuCount, index: 1), Region(VcpuCount, index: 0, flags: 2), Region(0, index: 0)])
        {
            await vm.AssertErrnoAsync(Kvm.Einval, open => open.SetAttributeAsync(RegionPlace, region));
        }

        await vm.SetAttributeAsync(RegionPlace, Region(VcpuCount, index: 0));
    }

    public static async Task RegionsOfBothKinds()
    {
        await using var server = await TestServer.StartAsync();
        var legacy = await OpenAsync(server, "legacy");
        await legacy.SetAttributeAsync(RedistributorsPlace, Redistributors);
        await legacy.AssertErrnoAsync(
            Kvm.Einval, vm => vm.SetAttributeAsync(RegionPlace, Region(VcpuCount, index: 0, at: 0x0A00_0000)));
        await legacy.AssertErrnoAsync(
            Kvm.Eexist, vm => vm.SetAttributeAsync(RedistributorsPlace, Redistributors));

        var regions = await OpenAsync(server, "regions");
        await regions.SetAttributeAsync(RegionPlace, Region(VcpuCount, index: 0));
        await regions.AssertErrnoAsync(
            Kvm.Einval, vm => vm.SetAttributeAsync(RedistributorsPlace, 0x0A00_0000));
    }

    public static async Task MissingRegion()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await OpenAsync(server);
        await vm.AssertErrnoAsync(Kvm.Enoent, open => open.GetAttributeAsync(RegionPlace, 0));
        await vm.SetAttributeAsync(RegionPlace, Region(VcpuCount, index: 0));
        Assert.Equal(Region(VcpuCount, index: 0), await vm.GetAttributeAsync(RegionPlace, 0));
        await vm.AssertErrnoAsync(Kvm.Enoent, open => open.GetAttributeAsync(RegionPlace, 1));
    }

    public static async Task TooFewRedistributors()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await OpenAsync(server);
        await vm.SetAttributeAsync(DistributorPlace, GuestMap.DistributorBase);
        await vm.SetAttributeAsync(RegionPlace, Region(VcpuCount - 1, index: 0));
        await vm.SetAttributeAsync(OfController(ControlGroup, 0));
        await vm.AssertErrnoAsync(Kvm.Enxio, open => open.ResumeAsync());
        Assert.Equal(VmState.Paused, (await vm.DescribeAsync()).State);
        await vm.SetAttributeAsync(RegionPlace, Region(1, index: 1, at: 0x0A00_0000));
        await vm.ResumeAsync();
    }

    /// <summary>Refused as the distributor is placed, so that the VM never comes to run like that.</summary>
    public static async Task DistributorOverRedistributors()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await OpenAsync(server);
        await vm.SetAttributeAsync(RedistributorsPlace, 0);
        await vm.AssertErrnoAsync(Kvm.Einval, open => open.SetAttributeAsync(DistributorPlace, 0x7_0000));
        Assert.Equal(AllOnes, await vm.GetAttributeAsync(DistributorPlace));
        await vm.SetAttributeAsync(DistributorPlace, 0x8_0000);
        await vm.ResumeAsync();
    }

    /// <summary>Bit 4, Last, is clear of all of them; bit 0 tells of the ITS.</summary>
    public static async Task TyperWithoutRegion()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await OpenAsync(server);
        await vm.SetAttributeAsync(OfController(ControlGroup, 0));
        for (var vcpu = 0u; vcpu < VcpuCount; vcpu++)
        {
            Assert.Equal((vcpu * 0x100) + 1, await vm.GetAttributeAsync(Gicr(vcpu, RegisterOffset.GicrTyper)));
        }
    }

    private static async Task AssertItsErrnoAsync(uint errno, ulong address)
    {
        await using var server = await TestServer.StartAsync();
        var vm = await OpenAsync(server);
        await vm.AssertErrnoAsync(errno, open => open.SetAttributeAsync(ItsPlace(), address));
        Assert.Equal(AllOnes, await vm.GetAttributeAsync(ItsPlace()));
        await vm.SetAttributeAsync(ItsPlace(), GuestMap.ItsBase);
    }

    private static ulong Region(uint count, uint index, uint flags = 0, ulong at = Redistributors) =>
        ((ulong)count << 52) | at | (flags << 12) | index;

    private static async Task<Guest> OpenAsync(TestServer server, string id = "open")
    {
        var spec = GuestMap.Spec(VcpuCount);
        spec.ClearDistributorBase();
        spec.RedistributorRegions.Clear();
        spec.Its[0].ClearBase();
        var vm = await server.Tcp.CreateVmAsync(
            new CreateVmRequest { VmId = id, Spec = spec, StartPaused = true });
        return new Guest(server.Tcp, vm.Name);
    }
}
