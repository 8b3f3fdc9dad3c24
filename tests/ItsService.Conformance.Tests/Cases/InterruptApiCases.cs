using ItsService.Conformance.Tests.Support;
using ItsService.Core.Profiles;
using ItsService.Server.Tests.Attributes;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;
using static ItsService.Server.Tests.Attributes.AttributeCalls;
using Guest = ItsService.Server.Tests.Guests.Guest;

namespace ItsService.Conformance.Tests.Cases;

/// <summary>The tests of the cases about SGIs, lines of devices and how many INTIDs there are.</summary>
internal static class InterruptApiCases
{
    private const uint AllSgis = 0xFFFF;
    private const ulong AllOthers = 1UL << 40;
    private const int IntIdShift = 24;

    public static async Task LinesFromMisalignedIntId()
    {
        await using var guest = await PausedAsync();
        await guest.AssertErrnoAsync(Kvm.Einval, vm => vm.GetAttributeAsync(Lines(0, 33)));
        await guest.AssertErrnoAsync(Kvm.Einval, vm => vm.SetAttributeAsync(Lines(0, 33)));
    }

    public static async Task LinesOfSgis()
    {
        await using var guest = await PausedAsync();
        await guest.Guest.SetAttributeAsync(Lines(0, 0), AllSgis);
        Assert.Equal(0u, await guest.Guest.GetAttributeAsync(Lines(0, 0)));
        await guest.Guest.ResumeAsync();
        await guest.Guest.WriteAsync("GICR_ISENABLER0", AllSgis, index: 0);
        await guest.AssertNothingDeliveredAsync();
    }

    public static async Task NumbersOfIntIds()
    {
        await using var server = await TestServer.StartAsync();
        var first = await AwaitingInitAsync(server, "first");
        foreach (var wrong in new[] { 63u, 65u, 1024u, 1056u })
        {
            await AssertErrnoAsync(Kvm.Einval, () => first.SetAttributeAsync(IntIdCount, wrong));
        }

        await first.SetAttributeAsync(IntIdCount, 64);
        Assert.Equal(64u, await first.GetAttributeAsync(IntIdCount));
        await AssertErrnoAsync(Kvm.Ebusy, () => first.SetAttributeAsync(IntIdCount, 96));
        var second = await AwaitingInitAsync(server, "second");
        await second.SetAttributeAsync(IntIdCount, 992);
        Assert.Equal(992u, await second.GetAttributeAsync(IntIdCount));
    }

    public static async Task SgisByListAndToAllOthers()
    {
        await using var guest = await ApiGuest.StartAsync(GicProfiles.Kvm);
        for (var vcpu = 0u; vcpu < ApiGuest.VcpuCount; vcpu++)
        {
            await guest.Guest.WriteAsync("GICR_IGROUPR0", AllSgis, vcpu);
            await guest.Guest.WriteAsync("GICR_ISENABLER0", AllSgis, vcpu);
        }

        await AssertSgiAsync(guest, intId: 5, target: 1UL << 2, [2]);
        await AssertSgiAsync(guest, intId: 6, target: AllOthers, [1, 2, 3]);
        await AssertSgiAsync(guest, intId: 7, target: 1, [0]);
    }

    // From vCPU 0; each that it is for takes it once, and no other does.
    private static async Task AssertSgiAsync(ApiGuest guest, uint intId, ulong target, uint[] takers)
    {
        await guest.Guest.WriteSystemAsync(0, "ICC_SGI1R_EL1", target | ((ulong)intId << IntIdShift));
        for (var vcpu = 0u; vcpu < ApiGuest.VcpuCount; vcpu++)
        {
            if (takers.Contains(vcpu))
            {
                Assert.Equal(intId, await guest.Guest.AcknowledgeAsync(vcpu));
                await guest.Guest.EndAsync(vcpu, intId);
            }

            Assert.Equal(ApiGuest.Spurious, await guest.Guest.AcknowledgeAsync(vcpu));
        }
    }

    private static async Task AssertErrnoAsync(uint errno, Func<Task> call) =>
        Assert.Equal(errno, (await Refusal.OfAsync(call)).Detail.KvmErrno);

    private static async Task<Guest> AwaitingInitAsync(TestServer server, string id)
    {
        var spec = GuestMap.Spec();
        spec.AwaitsInit = true;
        return await Guest.CreateAsync(server.Tcp, id, spec);
    }

    private static async Task<ApiGuest> PausedAsync()
    {
        var guest = await ApiGuest.StartAsync(GicProfiles.Kvm);
        await guest.Guest.PauseAsync();
        return guest;
    }
}
