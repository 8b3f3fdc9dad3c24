using ItsService.Protocol.V1;
using ItsService.Server.Machines;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Memory.Kinds;
using ItsService.Server.Tests.Refusals;
using static ItsService.Server.Tests.Inspection.Explaining.ExplainedGuest;

namespace ItsService.Server.Tests.Inspection.Explaining;

/// <summary>VMs that do not run, and whose state or memory comes from elsewhere.</summary>
public class VmReasonTests
{
    [Fact]
    [Provokes(NonDelivery.VmPaused)]
    public async Task Paused_vm_is_the_reason_and_the_way_is_told_all_the_same()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await ExplainedGuest.BootAsync(server.Tcp);
        await guest.SignalAsync(Device, 0);
        var running = await guest.ExplainAsync();
        await guest.Api.PauseAsync(guest.Name);

        var paused = await guest.ExplainAsync();

        Assert.Equal((NonDelivery.VmPaused, NonDelivery.LineRaised), (paused.Reason, paused.ReasonWhenRunning));
        Assert.Equal(new VmStep { State = VmState.Paused }, paused.Vm);
        Assert.Contains("resume it", paused.Message, StringComparison.Ordinal);
        (paused.Reason, paused.Message, paused.Vm) = (running.Reason, running.Message, running.Vm);
        Assert.Equal(running, paused);
    }

    [Fact]
    [Provokes(NonDelivery.VmAwaitsInit)]
    public async Task Vm_that_awaits_INIT_is_told_so()
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        spec.AwaitsInit = true;
        var guest = await Guest.CreateAsync(server.Tcp, "guest", spec);

        var answer = await guest.ExplainAsync();

        Assert.Equal(
            (NonDelivery.VmAwaitsInit, NonDelivery.ItsDisabled), (answer.Reason, answer.ReasonWhenRunning));
        Assert.True(answer.Vm.AwaitsInit);
    }

    [Theory]
    [Provokes(NonDelivery.VmFaulted)]
    [InlineData(MemoryKind.Hosted)]
    [InlineData(MemoryKind.Session)]
    public async Task Faulted_vm_is_told_with_what_the_fault_left(MemoryKind kind)
    {
        await using var server = await GuestOfKind.StartServerAsync();
        using var made = await GuestOfKind.BootAsync(server, kind);
        var guest = made.Guest;
        await guest.MapDeviceAsync(Device, 1, Lpi);
        await guest.SignalAsync(Device, 0);
        await Refusal.OfAsync(() => server.Host(guest.Name)
            .EnterAsync<Fail, Done>(default, TestContext.Current.CancellationToken).AsTask());

        var answer = await guest.ExplainAsync();

        Assert.Equal((NonDelivery.VmFaulted, NonDelivery.LineRaised), (answer.Reason, answer.ReasonWhenRunning));
        Assert.Equal(kind == MemoryKind.Hosted, answer.Configuration.MemoryReadable);
    }

    [Fact]
    public async Task Remote_memory_is_brought()
    {
        await using var server = await GuestOfKind.StartServerAsync();
        using var made = await GuestOfKind.BootAsync(server, MemoryKind.Session);
        var guest = made.Guest;
        await guest.MapDeviceAsync(Device, 1, Lpi);
        await guest.ConfigureLpiAsync(Lpi, priority: 0x20);

        var configuration = (await guest.ExplainAsync()).Configuration;

        Assert.Equal((true, 0x20u), (configuration.MemoryReadable, configuration.MemoryPriority));
        Assert.Equal((0xA0u, true), (configuration.Priority, configuration.Differs));
    }

    [Fact]
    [Provokes(NonDelivery.NotPending)]
    public async Task Restored_vm_does_not_say_what_it_cannot_know()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await ExplainedGuest.BootAsync(server.Tcp);
        await guest.SignalAsync(Device, 1);
        var state = (await server.Tcp.SaveAsync(guest.Name)).Blob;
        await guest.Api.PauseAsync(guest.Name);
        await server.Tcp.RestoreAsync(guest.Name, state);
        await guest.Api.ResumeAsync(guest.Name);

        var (unknown, pending) = (await guest.ExplainAsync(), await guest.ExplainAsync(eventId: 1));
        await guest.SignalAsync(Device, 0);
        await guest.AcknowledgeAsync(0);

        Assert.Equal((NonDelivery.NotPending, PendingHistory.Unknown), (unknown.Reason, unknown.History));
        Assert.Empty(unknown.LastEvents);
        Assert.Contains("restored", unknown.Message, StringComparison.Ordinal);
        Assert.Equal(NonDelivery.LineRaised, pending.Reason);
        Assert.Equal(NonDelivery.Acknowledged, (await guest.ExplainAsync()).Reason);
        Assert.Equal(NonDelivery.NotPending, (await guest.ExplainIntIdAsync(Spi)).Reason);
    }

    private readonly record struct Fail : IVmOperation<Done>
    {
        public Done Run(VmContent vm) => throw new InvalidOperationException("two and two are five");
    }
}
