using ItsService.Conformance.Tests.Support;
using ItsService.Core.Profiles;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Attributes;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;
using static ItsService.Server.Tests.Attributes.AttributeCalls;
using Guest = ItsService.Server.Tests.Guests.Guest;

namespace ItsService.Conformance.Tests.Cases;

/// <summary>
/// The tests of the cases about KVM's device attributes that need the API, which has the error numbers; their cases are
/// registered in their sections.
/// </summary>
internal static class AttributeCases
{
    private const uint NoSuchEntry = 2;
    private const uint NoSuchRegister = 6;
    private const uint TooBig = 7;
    private const uint Busy = 16;
    private const uint Exists = 17;
    private const uint NoSuchDevice = 19;
    private const uint Invalid = 22;
    private const uint Iidr = 0x4B00_043B;
    private const ulong RegionFlags = 2UL << 12;

    public static Task MisalignedOffset() => AssertRefusedAsync(Gits(0x84), Invalid);

    public static Task NoRegister() => AssertRefusedAsync(Gits(0x98), NoSuchRegister);

    public static async Task RegisterWithoutAddress()
    {
        await using var open = await OpenVm.StartAsync();
        await open.Guest.PauseAsync();
        await AssertErrnoAsync(NoSuchRegister, () => open.Guest.GetAttributeAsync(Gits(0)));
        await AssertErrnoAsync(NoSuchRegister, () => open.Guest.SetAttributeAsync(Gits(0)));
    }

    public static async Task WhileRunning()
    {
        await using var vm = await ApiGuest.StartAsync(GicProfiles.Kvm);
        await AssertErrnoAsync(Busy, () => vm.Guest.SetAttributeAsync(Gits(RegisterOffset.GitsCbaser)));
    }

    public static async Task OrderOfChecksWhileRunning()
    {
        await using var vm = await ApiGuest.StartAsync(GicProfiles.Kvm);
        await AssertErrnoAsync(Invalid, () => vm.Guest.SetAttributeAsync(Gits(0x84)));
        await AssertErrnoAsync(Busy, () => vm.Guest.SetAttributeAsync(Gits(0x98)));
    }

    public static async Task OtherAbiRevision()
    {
        await using var vm = await StartPausedAsync();
        await AssertErrnoAsync(Invalid, () => vm.Guest.SetAttributeAsync(Gits(RegisterOffset.GitsIidr), Iidr | 0x1000));
        Assert.Equal(Iidr, await vm.Guest.GetAttributeAsync(Gits(RegisterOffset.GitsIidr)));
    }

    public static async Task OtherIdentification()
    {
        await using var vm = await StartPausedAsync();
        await vm.Guest.SetAttributeAsync(Gits(RegisterOffset.GitsIidr), ~Iidr & 0xFFFF_0FFF);
        Assert.Equal(Iidr, await vm.Guest.GetAttributeAsync(Gits(RegisterOffset.GitsIidr)));
    }

    public static async Task AbsentRegisters()
    {
        await AssertRefusedAsync(Gits(0x40), NoSuchRegister);
        await AssertRefusedAsync(Gits(0x10), NoSuchRegister);
        await AssertRefusedAsync(Gits(0x14), Invalid);
        await AssertRefusedAsync(Gits(0x18), NoSuchRegister);
        await using var vm = await ApiGuest.StartAsync(GicProfiles.Kvm);
        foreach (var offset in (ulong[])[0x40, 0x10, 0x14, 0x18])
        {
            Assert.Equal(0u, (await vm.Api.ReadAsync(new ReadRegisterRequest
            {
                Vm = vm.Guest.Name,
                Target = Guest.At(GuestMap.ItsBase + offset),
                SizeBytes = 4,
            })).Value);
        }
    }

    public static async Task UnimplementedTables()
    {
        await using var vm = await StartPausedAsync();
        for (var number = 2; number < 8; number++)
        {
            await vm.Guest.SetAttributeAsync(Gits(RegisterOffset.GitsBaser(number)), ulong.MaxValue);
            Assert.Equal(0u, await vm.Guest.GetAttributeAsync(Gits(RegisterOffset.GitsBaser(number))));
        }
    }

    public static async Task ItsPlaceBeforeItIsSet()
    {
        await using var open = await OpenVm.StartAsync();
        Assert.Equal(ulong.MaxValue, await open.Guest.GetAttributeAsync(ItsPlace()));
    }

    public static async Task MisalignedItsPlace()
    {
        await using var open = await OpenVm.StartAsync();
        await AssertErrnoAsync(Invalid, () => open.Guest.SetAttributeAsync(ItsPlace(), 0x800_1000));
    }

    public static async Task ItsPlaceTwice()
    {
        await using var open = await OpenVm.StartAsync();
        await open.Guest.SetAttributeAsync(ItsPlace(), GuestMap.ItsBase);
        await AssertErrnoAsync(Exists, () => open.Guest.SetAttributeAsync(ItsPlace(), GuestMap.ItsBase));
    }

    public static async Task ItsPlaceBeyondAddresses()
    {
        await using var open = await OpenVm.StartAsync();
        await AssertErrnoAsync(TooBig, () => open.Guest.SetAttributeAsync(ItsPlace(), 1UL << 52));
    }

    public static async Task OtherPlaceAtAnIts()
    {
        await using var open = await OpenVm.StartAsync();
        await AssertErrnoAsync(
            NoSuchDevice, () => open.Guest.SetAttributeAsync(OfIts(AddressGroup, 2), GuestMap.ItsBase));
    }

    public static async Task InitTwice()
    {
        await using var vm = await ApiGuest.StartAsync(GicProfiles.Kvm);
        await vm.Guest.SetAttributeAsync(OfIts(ControlGroup, 0));
        await vm.Guest.SetAttributeAsync(OfIts(ControlGroup, 0));
    }

    public static async Task UnknownOrder()
    {
        await using var vm = await StartPausedAsync();
        await AssertErrnoAsync(NoSuchRegister, () => vm.Guest.SetAttributeAsync(OfIts(ControlGroup, 99)));
    }

    public static async Task WrongFirstRegions()
    {
        await using var open = await OpenVm.StartAsync();
        foreach (var region in (ulong[])[Region(1, 0, 1), Region(0, 0, 1) | RegionFlags, Region(0, 0, 0)])
        {
            await AssertErrnoAsync(Invalid, () => open.Guest.SetAttributeAsync(RegionPlace, region));
        }
    }

    public static async Task RegionsOfBothKinds()
    {
        await using (var open = await OpenVm.StartAsync())
        {
            await open.Guest.SetAttributeAsync(RedistributorsPlace, 0);
            await AssertErrnoAsync(
                Invalid, () => open.Guest.SetAttributeAsync(RegionPlace, Region(0, 0x100_0000, 1)));
            await AssertErrnoAsync(Exists, () => open.Guest.SetAttributeAsync(RedistributorsPlace, 0x100_0000));
        }

        await using (var open = await OpenVm.StartAsync())
        {
            await open.Guest.SetAttributeAsync(RegionPlace, Region(0, 0, 1));
            await AssertErrnoAsync(Invalid, () => open.Guest.SetAttributeAsync(RedistributorsPlace, 0x100_0000));
        }
    }

    public static async Task RegionThatIsNotThere()
    {
        await using var open = await OpenVm.StartAsync();
        await AssertErrnoAsync(NoSuchEntry, () => open.Guest.GetAttributeAsync(RegionPlace, 0));
    }

    public static async Task TooFewRedistributors()
    {
        await using var open = await OpenVm.StartAsync();
        await open.Guest.PauseAsync();
        await open.Guest.SetAttributeAsync(RegionPlace, Region(0, 0, OpenVm.VcpuCount - 1));
        await AssertErrnoAsync(NoSuchRegister, () => open.Guest.ResumeAsync());
    }

    public static async Task DistributorOverRedistributors()
    {
        await using var open = await OpenVm.StartAsync();
        await open.Guest.SetAttributeAsync(RedistributorsPlace, 0);
        await AssertErrnoAsync(Invalid, () => open.Guest.SetAttributeAsync(DistributorPlace, 0x7_0000));
    }

    public static async Task TyperWithoutRegion()
    {
        await using var open = await OpenVm.StartAsync();
        for (var vcpu = 0u; vcpu < OpenVm.VcpuCount; vcpu++)
        {
            Assert.Equal((vcpu * 0x100) + 1, await open.Guest.GetAttributeAsync(Gicr(vcpu, RegisterOffset.GicrTyper)));
        }
    }

    public static async Task SystemRegisterEnable()
    {
        await using var vm = await StartPausedAsync();
        var register = Icc(0, RegisterOffset.IccSre);
        await AssertErrnoAsync(Invalid, () => vm.Guest.SetAttributeAsync(register, 0));
        await AssertErrnoAsync(Invalid, () => vm.Guest.SetAttributeAsync(register, 6));
        await vm.Guest.SetAttributeAsync(register, 1);
        Assert.Equal(7u, await vm.Guest.GetAttributeAsync(register));
    }

    public static async Task MessageAfterReset()
    {
        const int KvmBusy = -(int)Busy;
        await using var vm = await ApiGuest.StartAsync(GicProfiles.Kvm);
        Assert.Equal(1, (await vm.SignalAsync(ApiGuest.Device, 0)).KvmReturn);
        await vm.AssertDeliveredAsync(ApiGuest.Lpi);
        await vm.Guest.PauseAsync();
        await vm.Guest.SetAttributeAsync(ResetIts());
        await vm.Guest.ResumeAsync();
        Assert.Equal(KvmBusy, (await vm.SignalAsync(ApiGuest.Device, 0)).KvmReturn);
        await vm.AssertNothingDeliveredAsync();
    }

    private static ulong Region(uint index, ulong regionBase, ulong count) => (count << 52) | regionBase | index;

    private static async Task<ApiGuest> StartPausedAsync()
    {
        var vm = await ApiGuest.StartAsync(GicProfiles.Kvm);
        await vm.Guest.PauseAsync();
        return vm;
    }

    /// <summary>Read or written.</summary>
    private static async Task AssertRefusedAsync(DeviceAttribute attribute, uint errno)
    {
        await using var vm = await StartPausedAsync();
        await AssertErrnoAsync(errno, () => vm.Guest.GetAttributeAsync(attribute));
        await AssertErrnoAsync(errno, () => vm.Guest.SetAttributeAsync(attribute));
    }

    private static async Task AssertErrnoAsync(uint errno, Func<Task> call) =>
        Assert.Equal(errno, (await Refusal.OfAsync(call)).Detail.KvmErrno);

    /// <summary>A VM none of whose frames has a place.</summary>
    private sealed class OpenVm : IAsyncDisposable
    {
        public const uint VcpuCount = 4;

        private readonly TestServer _server;

        private OpenVm(TestServer server, Guest guest) => (_server, Guest) = (server, guest);

        public Guest Guest { get; }

        public static async Task<OpenVm> StartAsync()
        {
            var server = await TestServer.StartAsync();
            var spec = new VmSpec { MemoryRegions = { GuestMap.Region(GuestMap.RamBase, GuestMap.RamSizeBytes) } };
            spec.Vcpus.AddRange(Enumerable.Range(0, (int)VcpuCount).Select(_ => new Vcpu()));
            return new OpenVm(server, await Guest.CreateAsync(server.Tcp, "open", spec));
        }

        public ValueTask DisposeAsync() => _server.DisposeAsync();
    }
}
