using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.State;

/// <summary>Guests in every state that a save may meet them in. Each is Paused.</summary>
internal static class SavedGuests
{
    private const uint Device = 1;
    private const uint Events = 8;
    private const uint FirstLpi = 8200;

    private static readonly Dictionary<string, Func<TestServer, Api, Task<Guest>>> Makers = new()
    {
        ["nothing is set up"] = async (_, api) => await PausedAsync(await Guest.CreateAsync(api, "original")),
        ["commands are in flight"] = CommandsInFlightAsync,
        ["the queue is wrapped"] = WrappedQueueAsync,
        ["the queue is stalled"] = StalledQueueAsync,
        ["LPIs are pending at several vCPUs"] = PendingAsync,
        ["an LPI is pending at two vCPUs"] = PendingTwiceAsync,
        ["collections are not mapped"] = UnmappedCollectionsAsync,
        ["events share an LPI"] = SharedLpisAsync,
        ["an LPI was shared"] = FormerlySharedLpiAsync,
        ["two ITSs are busy"] = TwoItsAsync,
        ["LPIs are disabled"] = DisabledLpisAsync,
        ["interrupts are active"] = ActiveAsync,
        ["messages were dropped"] = DroppedMessagesAsync,
        ["a vCPU sleeps"] = AsleepAsync,
        ["SPIs are configured"] = SpisAsync,
        ["devices hold their lines"] = HeldLinesAsync,
    };

    public static IEnumerable<string> Names => Makers.Keys;

    public static Task<Guest> MakeAsync(string name, TestServer server, Api api) => Makers[name](server, api);

    private static async Task<Guest> PausedAsync(Guest guest)
    {
        await guest.Api.PauseAsync(guest.Name);
        return guest;
    }

    private static async Task<Guest> MappedAsync(Api api, VmSpec? spec = null, uint queuePages = 1, int itsCount = 1)
    {
        var guest = await Guest.CreateAsync(api, "original", spec ?? GuestMap.Spec(vcpuCount: 2, itsCount));
        await guest.SetUpLpisAsync(vcpuCount: 2);
        for (var its = 0u; its < itsCount; its++)
        {
            await guest.SetUpItsAsync(its, queuePages);
            await guest.RunAsync([ItsCommand.MapCollection(0, 0), ItsCommand.MapCollection(1, 1)], its);
            await guest.MapDeviceAsync(Device, Events / 2, FirstLpi + (its * 16), collection: 0, its);
            await guest.MapDeviceAsync(Device + 1, Events / 2, FirstLpi + 8 + (its * 16), collection: 1, its);
        }

        return guest;
    }

    private static ItsCommand[] Mixture(uint its = 0) =>
    [
        ItsCommand.Interrupt(Device, 0),
        ItsCommand.MapEvent(Device, 5, FirstLpi + 5 + (its * 16), collection: 1),
        ItsCommand.Interrupt(Device, 5),
        ItsCommand.Interrupt(Device + 1, 0),
        ItsCommand.Clear(Device + 1, 0),
        ItsCommand.Discard(Device, 1),
        ItsCommand.MapCollection(collection: 7, vcpu: 9),
        ItsCommand.Interrupt(Device + 1, 2),
        ItsCommand.Sync(0),
    ];

    /// <summary>GITS_CWRITER moves in the Paused VM, so that none of the commands has been executed.</summary>
    private static async Task<Guest> InFlightAsync(TestServer server, Guest guest, ItsCommand[] commands, uint its = 0)
    {
        var writeOffset = await guest.PlaceAsync(commands, its);
        await guest.Api.PauseAsync(guest.Name);
        await StagedRegister.WriteAsync(server, guest, StagedRegister.Cwriter, writeOffset, (int)its);
        return guest;
    }

    private static async Task<Guest> CommandsInFlightAsync(TestServer server, Api api) =>
        await InFlightAsync(server, await MappedAsync(api), Mixture());

    private static async Task<Guest> WrappedQueueAsync(TestServer server, Api api)
    {
        var guest = await MappedAsync(api);
        await guest.RunAsync([.. Enumerable.Repeat(ItsCommand.Sync(0), 100)]);
        await InFlightAsync(server, guest, [.. Enumerable.Repeat(Mixture(), 6).SelectMany(commands => commands)]);
        return guest;
    }

    private static async Task<Guest> StalledQueueAsync(TestServer server, Api api)
    {
        var spec = GuestMap.Spec();
        spec.CommandErrorPolicy = CommandErrorPolicy.Stall;
        var guest = await MappedAsync(api, spec);
        await guest.WriteAsync("GITS_CWRITER", await guest.PlaceAsync(Mixture()));
        Assert.Equal(1u, await guest.ReadAsync("GITS_CREADR") & 1);
        return await PausedAsync(guest);
    }

    private static async Task<Guest> PendingAsync(TestServer server, Api api)
    {
        var guest = await MappedAsync(api);
        await guest.ConfigureLpiAsync(FirstLpi + 1, priority: 0x20);
        await guest.RunAsync(ItsCommand.Invalidate(Device, 1));
        foreach (var eventId in new uint[] { 0, 1, 3 })
        {
            await guest.SignalAsync(Device, eventId);
            await guest.SignalAsync(Device + 1, eventId);
        }

        // What changes in the table is not known before an INV, and the state must not know it either.
        await guest.ConfigureLpiAsync(FirstLpi + 3, priority: 0x10);
        return await PausedAsync(guest);
    }

    private static async Task<Guest> PendingTwiceAsync(TestServer server, Api api)
    {
        var guest = await Guest.CreateAsync(api, "original");
        foreach (var vcpu in new uint[] { 0, 1 })
        {
            await guest.WriteMemoryAsync(
                GuestMap.PendingTable(vcpu) + (FirstLpi / 8), Google.Protobuf.ByteString.CopyFrom(0x81, 0x01));
        }

        await guest.SetUpLpisAsync(vcpuCount: 2);
        return await PausedAsync(guest);
    }

    private static async Task<Guest> UnmappedCollectionsAsync(TestServer server, Api api)
    {
        var guest = await MappedAsync(api);
        await guest.SignalAsync(Device + 1, 0);
        await guest.RunAsync(
            ItsCommand.UnmapCollection(1), ItsCommand.MapEvent(Device, 6, FirstLpi + 6, collection: 77));
        return await PausedAsync(guest);
    }

    private static async Task<Guest> SharedLpisAsync(TestServer server, Api api)
    {
        var guest = await MappedAsync(api);
        await guest.RunAsync(
            ItsCommand.MapEvent(Device + 1, 6, FirstLpi + 3, collection: 1),
            ItsCommand.MapEvent(Device, 7, FirstLpi + 3, collection: 0),
            ItsCommand.MapEvent(Device + 1, 7, FirstLpi + 2, collection: 1));
        await guest.SignalAsync(Device, 3);
        await guest.SignalAsync(Device + 1, 6);
        return await PausedAsync(guest);
    }

    /// <summary>The event that is left says another collection than the LPI was given last.</summary>
    private static async Task<Guest> FormerlySharedLpiAsync(TestServer server, Api api)
    {
        var guest = await MappedAsync(api);
        await guest.RunAsync(
            ItsCommand.MapEvent(Device, 6, FirstLpi + 1, collection: 1), ItsCommand.Discard(Device, 6));
        await guest.SignalAsync(Device, 1);
        return await PausedAsync(guest);
    }

    private static async Task<Guest> TwoItsAsync(TestServer server, Api api)
    {
        var guest = await MappedAsync(api, itsCount: 2);
        await guest.SignalAsync(Device, 2, its: 1);
        await InFlightAsync(server, guest, Mixture(its: 0), its: 0);
        return await InFlightAsync(server, guest, Mixture(its: 1), its: 1);
    }

    private static async Task<Guest> DisabledLpisAsync(TestServer server, Api api)
    {
        var guest = await MappedAsync(api);
        await guest.ConfigureLpiAsync(FirstLpi, enabled: false);
        await guest.RunAsync(ItsCommand.Invalidate(Device, 0));
        await guest.SignalAsync(Device, 0);
        await guest.SignalAsync(Device + 1, 0);
        await guest.WriteAsync("GICR_CTLR", 0, index: 1);
        return await PausedAsync(guest);
    }

    private static async Task<Guest> ActiveAsync(TestServer server, Api api)
    {
        var guest = await MappedAsync(api);
        await guest.WriteSystemAsync(0, "ICC_CTLR_EL1", 0b10);
        await guest.WriteSystemAsync(1, "ICC_BPR1_EL1", 5);
        await guest.SignalAsync(Device, 0);
        await guest.SignalAsync(Device, 1);
        Assert.Equal(FirstLpi, await guest.AcknowledgeAsync(0));
        return await PausedAsync(guest);
    }

    private static async Task<Guest> DroppedMessagesAsync(TestServer server, Api api)
    {
        var spec = GuestMap.Spec();
        spec.Profile = Profile.Custom;
        spec.Custom = new ProfileOverrides { StatusRegister = true, UnmappedMsiRecord = true };
        var guest = await MappedAsync(api, spec);
        await guest.SignalAsync(device: 0x99, eventId: 0x77);
        Assert.NotEqual(0u, await guest.ReadAsync("GITS_UMSIR"));
        return await PausedAsync(guest);
    }

    private static async Task<Guest> AsleepAsync(TestServer server, Api api)
    {
        var spec = GuestMap.Spec();
        spec.Profile = Profile.Qemu;
        var guest = await MappedAsync(api, spec);
        await guest.WriteAsync("GICR_WAKER", 0, index: 0);
        await guest.SignalAsync(Device, 0);
        return await PausedAsync(guest);
    }

    private static async Task<Guest> SpisAsync(TestServer server, Api api)
    {
        var guest = await MappedAsync(api);
        await guest.WriteAsync("GICD_ISENABLER2", 0xF0F0);
        await guest.WriteAsync("GICD_IROUTER40", 1);
        await guest.WriteAsync("GICR_ISENABLER0", 0x00F0, index: 1);
        return await PausedAsync(guest);
    }

    /// <summary>Of SPIs and PPIs, level and edge, pending and active.</summary>
    private static async Task<Guest> HeldLinesAsync(TestServer server, Api api)
    {
        var guest = await MappedAsync(api);
        await guest.WriteAsync("GICD_IGROUPR1", 0xFF);
        await guest.WriteAsync("GICD_ISENABLER1", 0xFF);
        await guest.WriteAsync("GICD_ICFGR2", 0b10);
        await guest.WriteAsync("GICR_IGROUPR0", 1 << 27, index: 1);
        await guest.WriteAsync("GICR_ISENABLER0", 1 << 27, index: 1);
        await guest.SetLevelsAsync(
            new LineLevel { IntId = 32, Asserted = true },
            new LineLevel { IntId = 33, Asserted = true },
            new LineLevel { IntId = 200, Asserted = true },
            new LineLevel { IntId = 27, Vcpu = 1, Asserted = true });
        await guest.AcknowledgeAsync(0);
        return await PausedAsync(guest);
    }
}
