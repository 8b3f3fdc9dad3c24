using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using static ItsService.Server.Tests.Inspection.Explaining.ExplainedGuest;

namespace ItsService.Server.Tests.Inspection.Explaining;

/// <summary>Each reason why an LPI is not taken, as a guest or a device brings it about.</summary>
public class NonDeliveryTests
{
    private const uint Far = 0x20;

    private static readonly Dictionary<NonDelivery, Provoked> Reasons = new()
    {
        [NonDelivery.ItsDisabled] = new(
            guest => guest.WriteAsync("GITS_CTLR", 0), answer => answer.Its, "GITS_CTLR.Enabled of ITS 0 is 0"),
        [NonDelivery.DeviceOutOfRange] = new(
            Nothing, answer => answer.Device, "device 0x10000 is beyond GITS_TYPER.Devbits", Device: 0x1_0000),
        [NonDelivery.Level1Invalid] = new(
            UseTwoLevelsAsync, answer => answer.Device, "leads nowhere; the guest must write one with Valid"),
        [NonDelivery.DeviceUnmapped] = new(
            Nothing, answer => answer.Device, "no MAPD has mapped device 0x20; ", Device: Far),
        [NonDelivery.EventOutOfRange] = new(
            Nothing, answer => answer.Event, "event 4096 of device 0x10 is beyond the 12 EventID bits", Event: 4096),
        [NonDelivery.EventUnmapped] = new(
            guest => guest.RunAsync(ItsCommand.Discard(ExplainedGuest.Device, 0)),
            answer => answer.Event,
            "no MAPTI or MAPI has mapped event 0 of device 0x10"),
        [NonDelivery.CollectionUnmapped] = new(
            guest => guest.RunAsync(ItsCommand.UnmapCollection(0)),
            answer => answer.Collection,
            "no MAPC has mapped collection 0, to which event 0 of device 0x10 belongs"),
        [NonDelivery.LpisDisabled] = new(
            guest => guest.WriteAsync("GICR_CTLR", 0),
            answer => answer.Redistributor,
            "GICR_CTLR.EnableLPIs of vCPU 0 is 0"),
        [NonDelivery.IntIdOutOfRange] = new(
            NarrowAsync, answer => answer.Redistributor, "LPI 16384 is beyond the 14 INTID bits", Event: 9),
        [NonDelivery.NeverSent] = new(
            Nothing, null, "LPI 8192 was never pending since event 0 of device 0x10 maps it"),
        [NonDelivery.TakenAway] = new(
            async guest =>
            {
                await SendAsync(guest);
                await guest.RunAsync(ItsCommand.Clear(ExplainedGuest.Device, 0));
            },
            null,
            "LPI 8192 was pending and stopped being so without a vCPU"),
        [NonDelivery.Acknowledged] = new(
            async guest =>
            {
                await SendAsync(guest);
                Assert.Equal(Lpi, await guest.AcknowledgeAsync(0));
            },
            answer => answer.CpuInterface,
            "LPI 8192 was pending and a vCPU has acknowledged it"),
        [NonDelivery.InvalidateMissing] = new(
            async guest =>
            {
                await DisableAsync(guest);
                await guest.ConfigureLpiAsync(Lpi);
            },
            answer => answer.Configuration,
            "LPI 8192 is pending at vCPU 0, but disabled in the configuration that the controller goes by; the guest "
            + "has changed the byte at 0x40100000 to enabled but not issued INV for event 0 of device 0x10, or INVALL "
            + "for its collection: it must"),
        [NonDelivery.Disabled] = new(
            DisableAsync,
            answer => answer.Configuration,
            "LPI 8192 is pending at vCPU 0 and disabled: bit 0 of its configuration byte at 0x40100000 is 0"),
        [NonDelivery.GroupDisabledInDistributor] = new(
            async guest =>
            {
                await SendAsync(guest);
                await guest.WriteAsync("GICD_CTLR", 0);
            },
            answer => answer.CpuInterface,
            "GICD_CTLR.EnableGrp1 is 0"),
        [NonDelivery.GroupDisabledInCpuInterface] = new(
            async guest =>
            {
                await SendAsync(guest);
                await guest.WriteSystemAsync(0, "ICC_IGRPEN1_EL1", 0);
            },
            answer => answer.CpuInterface,
            "ICC_IGRPEN1_EL1 of vCPU 0 is 0"),
        [NonDelivery.MaskedByPriorityMask] = new(
            async guest =>
            {
                await SendAsync(guest);
                await guest.WriteSystemAsync(0, "ICC_PMR_EL1", 0xA0);
            },
            answer => answer.CpuInterface,
            "its priority 0xA0 is not below ICC_PMR_EL1, which is 0xA0 at vCPU 0"),
        [NonDelivery.MaskedByRunningPriority] = new(
            async guest =>
            {
                await guest.SignalAsync(ExplainedGuest.Device, 1);
                Assert.Equal(Lpi + 1, await guest.AcknowledgeAsync(0));
                await SendAsync(guest);
            },
            answer => answer.CpuInterface,
            "vCPU 0 handles an interrupt of priority 0xA0 (ICC_RPR_EL1)"),
        [NonDelivery.Outranked] = new(
            async guest =>
            {
                await SendAsync(guest);
                await guest.RaiseSpiAsync();
            },
            answer => answer.CpuInterface,
            "INTID 40 with priority 0x80 comes first at vCPU 0; the vCPU must take that one, for which its line is "
            + "raised"),
        [NonDelivery.LineRaised] = new(
            SendAsync,
            null,
            "LPI 8192 is pending at vCPU 0 and the IRQ line of vCPU 0 is raised for it (generation 1)"),
    };

    public static TheoryData<NonDelivery> ReasonsOfLpis => [.. Reasons.Keys];

    [Theory]
    [MemberData(nameof(ReasonsOfLpis))]
    public async Task Reason_is_found_and_the_step_that_bars_the_way_says_so(NonDelivery reason)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await ExplainedGuest.BootAsync(server.Tcp);
        var provoked = Reasons[reason];
        await provoked.Do(guest);

        var answer = await guest.ExplainAsync(provoked.Event, provoked.Device);

        Assert.Equal(reason, answer.Reason);
        Assert.Contains(provoked.Sentence, answer.Message, StringComparison.Ordinal);
        Assert.Equal((reason, answer.Message), (answer.ReasonWhenRunning, answer.MessageWhenRunning));
        Assert.DoesNotContain("..", answer.Message, StringComparison.Ordinal);
        Assert.Equal(provoked.Barring?.Invoke(answer), FirstThatDoesNotPass(answer));
    }

    [Fact]
    public async Task Looking_changes_nothing()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await ExplainedGuest.BootAsync(server.Tcp);
        await Reasons[NonDelivery.InvalidateMissing].Do(guest);
        var (dump, state) = (await guest.DumpAsync(), (await server.Tcp.SaveAsync(guest.Name)).Blob);

        var first = await guest.ExplainAsync();

        Assert.Equal(first, await guest.ExplainAsync());
        Assert.Equal(dump, await guest.DumpAsync());
        Assert.Equal(state, (await server.Tcp.SaveAsync(guest.Name)).Blob);
    }

    private static object? FirstThatDoesNotPass(ExplainResponse answer) =>
        new (bool? Passes, object? Step)[]
        {
            (answer.Vm.Passes, answer.Vm),
            (answer.Its?.Passes, answer.Its),
            (answer.Device?.Passes, answer.Device),
            (answer.Event?.Passes, answer.Event),
            (answer.Collection?.Passes, answer.Collection),
            (answer.Redistributor?.Passes, answer.Redistributor),
            (answer.Configuration?.Passes, answer.Configuration),
            (answer.CpuInterface?.Passes, answer.CpuInterface),
        }.FirstOrDefault(step => step.Passes == false).Step;

    private static Task Nothing(Guest guest) => Task.CompletedTask;

    private static async Task SendAsync(Guest guest) =>
        Assert.Equal(MsiOutcome.Pended, (await guest.SignalAsync(ExplainedGuest.Device, 0)).Result.Outcome);

    private static async Task DisableAsync(Guest guest)
    {
        await guest.ConfigureLpiAsync(Lpi, enabled: false);
        await guest.RunAsync(ItsCommand.Invalidate(ExplainedGuest.Device, 0));
        await SendAsync(guest);
    }

    /// <summary>A two-level table without any second-level page, which forgets the devices.</summary>
    private static async Task UseTwoLevelsAsync(Guest guest)
    {
        await guest.WriteAsync("GITS_CTLR", 0);
        await guest.SetUpItsAsync(twoLevelDevices: true);
    }

    /// <summary>An event whose LPI the table of vCPU 0 covers no more, and that of vCPU 1 does.</summary>
    private static async Task NarrowAsync(Guest guest)
    {
        await guest.RunAsync(ItsCommand.MapEvent(ExplainedGuest.Device, 9, 16384, 0));
        await guest.WriteAsync("GICR_CTLR", 0);
        await guest.WriteAsync("GICR_PROPBASER", GuestMap.ConfigurationTable | 13);
        await guest.WriteAsync("GICR_CTLR", 1);
    }

    private sealed record Provoked(
        Func<Guest, Task> Do,
        Func<ExplainResponse, object?>? Barring,
        string Sentence,
        uint Device = ExplainedGuest.Device,
        uint Event = 0);
}
