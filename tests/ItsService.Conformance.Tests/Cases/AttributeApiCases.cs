using ItsService.Conformance.Tests.Support;
using ItsService.Core.Profiles;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Attributes;
using ItsService.Server.Tests.Guests;
using static ItsService.Server.Tests.Attributes.AttributeCalls;

namespace ItsService.Conformance.Tests.Cases;

/// <summary>
/// The tests of the cases of userspace that need the API: KVM's error numbers. Their cases are registered in their
/// sections; <see cref="FramePlaceApiCases"/> has those about places.
/// </summary>
internal static class AttributeApiCases
{
    private const ulong MisalignedOffset = 0x84;
    private const ulong NoRegister = 0x98;

    public static async Task MisalignedRegister()
    {
        await using var guest = await PausedAsync();
        await guest.AssertErrnoAsync(Kvm.Einval, vm => vm.GetAttributeAsync(Gits(MisalignedOffset)));
        await guest.AssertErrnoAsync(Kvm.Einval, vm => vm.SetAttributeAsync(Gits(MisalignedOffset)));
        await guest.AssertErrnoAsync(Kvm.Einval, vm => vm.HasAttributeAsync(Gits(MisalignedOffset)));
    }

    public static async Task NoSuchRegister()
    {
        await using var guest = await PausedAsync();
        await guest.AssertErrnoAsync(Kvm.Enxio, vm => vm.GetAttributeAsync(Gits(NoRegister)));
        await guest.AssertErrnoAsync(Kvm.Enxio, vm => vm.SetAttributeAsync(Gits(NoRegister)));
        await guest.AssertErrnoAsync(Kvm.Enxio, vm => vm.HasAttributeAsync(Gits(NoRegister)));
    }

    /// <summary>A write is refused; a read tells the present value.</summary>
    public static async Task RegisterWhileRunning()
    {
        await using var guest = await ApiGuest.StartAsync(GicProfiles.Kvm);
        var cbaser = await guest.Guest.ReadAsync("GITS_CBASER");
        await guest.AssertErrnoAsync(
            Kvm.Ebusy, vm => vm.SetAttributeAsync(Gits(RegisterOffset.GitsCbaser), 1UL << 63));
        Assert.Equal(cbaser, await guest.Guest.ReadAsync("GITS_CBASER"));
        Assert.Equal(cbaser, await guest.Guest.GetAttributeAsync(Gits(RegisterOffset.GitsCbaser)));
    }

    /// <summary>The offset is judged first, then the run state, which a read does not ask for.</summary>
    public static async Task WrongRegisterWhileRunning()
    {
        await using var guest = await ApiGuest.StartAsync(GicProfiles.Kvm);
        await guest.AssertErrnoAsync(Kvm.Einval, vm => vm.SetAttributeAsync(Gits(MisalignedOffset)));
        await guest.AssertErrnoAsync(Kvm.Ebusy, vm => vm.SetAttributeAsync(Gits(NoRegister)));
        await guest.AssertErrnoAsync(Kvm.Einval, vm => vm.GetAttributeAsync(Gits(MisalignedOffset)));
        await guest.AssertErrnoAsync(Kvm.Enxio, vm => vm.GetAttributeAsync(Gits(NoRegister)));
    }

    public static async Task AnotherRevision()
    {
        await using var guest = await PausedAsync();
        var iidr = await guest.Guest.GetAttributeAsync(Gits(RegisterOffset.GitsIidr));
        await guest.AssertErrnoAsync(
            Kvm.Einval, vm => vm.SetAttributeAsync(Gits(RegisterOffset.GitsIidr), iidr | 0x1000));
        Assert.Equal(iidr, await guest.Guest.GetAttributeAsync(Gits(RegisterOffset.GitsIidr)));
        Assert.Equal(0u, iidr & 0xF000);
    }

    /// <summary>STATUSR, MPAMIDR, PARTIDR and MPIDR: no attributes, and zero for the guest.</summary>
    public static async Task RegistersThatKvmDoesNotOffer()
    {
        await using var guest = await PausedAsync();
        foreach (var (offset, errno) in
            ((ulong, uint)[])[(0x40, Kvm.Enxio), (0x10, Kvm.Enxio), (0x14, Kvm.Einval), (0x18, Kvm.Enxio)])
        {
            await guest.AssertErrnoAsync(errno, vm => vm.GetAttributeAsync(Gits(offset)));
        }

        await guest.Guest.ResumeAsync();
        foreach (var offset in (ulong[])[0x40, 0x10, 0x14, 0x18])
        {
            var answer = await guest.Api.ReadAsync(new ReadRegisterRequest
            {
                Vm = guest.Guest.Name,
                Target = Guest.At(GuestMap.ItsBase + offset),
                SizeBytes = 4,
            });
            Assert.Equal(0u, answer.Value);
        }
    }

    /// <summary>Both VMs that run and VMs that are paused.</summary>
    public static async Task InitializedTwice()
    {
        await using var guest = await ApiGuest.StartAsync(GicProfiles.Kvm);
        var before = await guest.Guest.DumpAsync();
        await guest.Guest.SetAttributeAsync(OfIts(ControlGroup, 0));
        await guest.Guest.PauseAsync();
        await guest.Guest.SetAttributeAsync(OfIts(ControlGroup, 0));
        await guest.Guest.ResumeAsync();
        Assert.Equal(before, await guest.Guest.DumpAsync());
    }

    public static async Task UnknownOrder()
    {
        await using var guest = await PausedAsync();
        await guest.AssertErrnoAsync(Kvm.Enxio, vm => vm.SetAttributeAsync(OfIts(ControlGroup, 99)));
        await guest.AssertErrnoAsync(Kvm.Enxio, vm => vm.HasAttributeAsync(OfIts(ControlGroup, 99)));
    }

    public static async Task SystemRegisterEnable()
    {
        await using var guest = await PausedAsync();
        var sre = Icc(0, RegisterOffset.IccSre);
        await guest.AssertErrnoAsync(Kvm.Einval, vm => vm.SetAttributeAsync(sre, 0));
        await guest.AssertErrnoAsync(Kvm.Einval, vm => vm.SetAttributeAsync(sre, 6));
        await guest.Guest.SetAttributeAsync(sre, 1);
        Assert.Equal(7u, await guest.Guest.GetAttributeAsync(sre));
    }

    public static async Task MessageAfterReset()
    {
        await using var guest = await ApiGuest.StartAsync(GicProfiles.Kvm);
        Assert.Equal(1, (await guest.SignalAsync(ApiGuest.Device, 0)).KvmReturn);
        await guest.AssertDeliveredAsync(ApiGuest.Lpi);
        await guest.Guest.PauseAsync();
        await guest.Guest.SetAttributeAsync(ResetIts());
        await guest.Guest.ResumeAsync();
        Assert.Equal(-(int)Kvm.Ebusy, (await guest.SignalAsync(ApiGuest.Device, 0)).KvmReturn);
        await guest.AssertNothingDeliveredAsync();
    }

    public static async Task SavesWhileRunning()
    {
        await using var guest = await ApiGuest.StartAsync(GicProfiles.Kvm);
        await guest.AssertErrnoAsync(Kvm.Ebusy, vm => vm.SetAttributeAsync(SaveTables()));
        await guest.AssertErrnoAsync(Kvm.Ebusy, vm => vm.SetAttributeAsync(SavePendingTables));
    }

    public static async Task SavedTablesAreDirty()
    {
        const ulong PageBytes = 4096;
        await using var guest = await PausedAsync();
        var request = new DrainDirtyPagesRequest { Vm = guest.Guest.Name };
        request.Received = (await guest.Api.DrainDirtyPagesAsync(request)).Answer;
        Assert.Empty((await guest.Api.DrainDirtyPagesAsync(request)).Ranges);

        await guest.Guest.SetAttributeAsync(SaveTables());
        var ranges = (await guest.Api.DrainDirtyPagesAsync(request)).Ranges;
        Assert.Equal(
            new[]
            {
                GuestMap.DeviceTable(0), GuestMap.CollectionTable(0), GuestMap.TranslationTable(0, ApiGuest.Device),
            }.Order(),
            ranges.Select(range => range.Address));
        Assert.All(ranges, range => Assert.Equal(PageBytes, range.LengthBytes));
    }

    private static async Task<ApiGuest> PausedAsync()
    {
        var guest = await ApiGuest.StartAsync(GicProfiles.Kvm);
        await guest.Guest.PauseAsync();
        return guest;
    }
}
