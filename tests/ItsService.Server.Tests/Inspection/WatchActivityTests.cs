using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Inspection.Activity;
using ItsService.Server.Machines;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;
using ItsService.Server.Tests.Sessions;
using ItsService.Server.Tests.State;
using ItsService.Server.Tests.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace ItsService.Server.Tests.Inspection;

/// <summary>Inspect.WatchActivity: what VMs do, as they do it.</summary>
public class WatchActivityTests
{
    [Fact]
    public async Task First_look_tells_how_things_are_and_the_next_what_has_changed()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await MetricsTests.MappedAsync(server, "guest");
        using var call = Watch(server);

        var first = await ReadAsync(call);
        await guest.SignalAsync(1, 0);
        await guest.SignalAsync(1, 0);
        await guest.SignalAsync(9, 0);
        var pending = await ReadUntilAsync(call, look => look.Total.MessagesDropped == 1);
        await guest.AcknowledgeAsync(0);
        var taken = await ReadUntilAsync(call, look => look.Total.Acknowledged == 1);

        Assert.Equal((0ul, 1ul), (first.ElapsedUs, first.VmCount));
        Assert.Equal(
            ("vms/guest", VmState.Running, 1ul, 0ul),
            (first.Vms[0].Vm, first.Vms[0].State, first.Vms[0].MappedEvents, first.Vms[0].MessagesPended));
        Assert.True(pending.ElapsedUs > 0);
        var vm = Assert.Single(pending.Vms);
        Assert.Equal((1ul, 1ul, 1ul), (vm.MessagesPended, vm.MessagesCoalesced, vm.MessagesDropped));
        Assert.Equal((1ul, 1ul), (vm.PendingLpis, vm.Mistakes));
        Assert.Contains("9", vm.LastMistake, StringComparison.Ordinal);
        Assert.NotNull(vm.LastMistakeTime);
        Assert.Equal(0ul, taken.Vms[0].PendingLpis);
        Assert.Equal(vm.LastMistake, taken.Vms[0].LastMistake);
    }

    [Fact]
    public async Task Latencies_are_those_since_the_look_before()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await MetricsTests.MappedAsync(server, "guest");
        using var call = Watch(server);
        await ReadAsync(call);

        await guest.SignalAsync(1, 0);
        await guest.AcknowledgeAsync(0);

        var counted = (Injections: 0ul, Acknowledges: 0ul);
        while (counted != (1, 1))
        {
            var look = await ReadAsync(call);
            Assert.Equal(look.Total.Injection, look.Vms[0].Injection);
            Assert.True(look.Total.Injection.P50Ns <= look.Total.Injection.P999Ns);
            counted = (counted.Injections + look.Total.Injection.Count,
                counted.Acknowledges + look.Total.Acknowledge.Count);
        }
    }

    [Fact]
    public async Task Latencies_are_in_nanoseconds_and_what_has_passed_in_microseconds()
    {
        var time = new ManualTime();
        time.Advance(TimeSpan.FromSeconds(1));
        await using var server = await Scrape.ServeAsync(options => options.Time = time);
        var guest = await MetricsTests.MappedAsync(server, "guest");
        var watch = WatchDirectly(server, time);
        await watch.LookAsync(TestContext.Current.CancellationToken);

        await guest.SignalAsync(1, 0);
        time.Advance(TimeSpan.FromSeconds(3));
        await guest.AcknowledgeAsync(0);
        var look = await watch.LookAsync(TestContext.Current.CancellationToken);

        Assert.Equal(3_000_000ul, look.ElapsedUs);
        Assert.Equal(new LatencySummary { Count = 1 }, look.Total.Injection);
        Assert.Equal(1ul, look.Total.Acknowledge.Count);
        Assert.All(
            [look.Total.Acknowledge.P50Ns, look.Total.Acknowledge.P99Ns, look.Total.Acknowledge.P999Ns],
            nanoseconds => Assert.InRange(nanoseconds, 3_000_000_000ul, 3_600_000_000ul));
    }

    [Fact]
    public async Task What_waits_and_who_is_attached_is_told_as_it_is_now()
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        spec.CommandErrorPolicy = CommandErrorPolicy.Stall;
        var guest = await Guest.CreateAsync(server.Tcp, "stalled", spec);
        await guest.SetUpItsAsync();
        await MetricsTests.MappedAsync(server, "other");

        // MAPC names a vCPU that there is not, and what is behind it waits.
        await guest.WriteAsync("GITS_CWRITER", await guest.PlaceAsync(
            [ItsCommand.MapCollection(7, 9), ItsCommand.MapCollection(0, 0), ItsCommand.Sync(0)]));
        using var vmm = await AttachedVmm.AttachAsync(guest);
        await guest.Api.PauseAsync(guest.Name);
        var host = server.Host(guest.Name);
        var accesses = new[] { guest.ReadAsync("GITS_TYPER"), guest.ReadAsync("GITS_TYPER") };
        await host.UntilWaitingAsync(2);
        await using var gate = await HeldGate.HoldAsync(host);
        var description = guest.DescribeAsync();
        await host.UntilInLineAsync(1);
        using var call = Watch(server);

        var look = await ReadAsync(call);
        await gate.ReleaseAsync();
        await guest.Api.ResumeAsync(guest.Name);
        await Task.WhenAll(accesses);
        await description;

        Assert.Equal((3ul, 1u, 3ul, true), NowOf(look.Vms.Single(vm => vm.Vm == guest.Name)));
        Assert.Equal((0ul, 0u, 0ul, false), NowOf(look.Vms.Single(vm => vm.Vm == "vms/other")));
        Assert.Equal((3ul, 1u, 3ul, false), NowOf(look.Total));
    }

    [Fact]
    public async Task Deleted_vm_stays_in_the_total()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await MetricsTests.MappedAsync(server, "guest");
        await guest.SignalAsync(1, 0);
        using var call = Watch(server);
        await ReadAsync(call);

        await server.Tcp.DeleteVmAsync(guest.Name);

        var look = await ReadUntilAsync(call, look => look.VmCount == 0);
        Assert.Empty(look.Vms);
        Assert.Equal((1ul, 0ul), (look.Total.MessagesPended, look.Total.MappedEvents));
    }

    [Fact]
    public async Task Vm_that_is_deleted_amid_a_look_counts_once()
    {
        const int Count = 48;
        await using var server = await TestServer.StartAsync();
        for (var number = 0; number < Count; number++)
        {
            await (await MetricsTests.MappedAsync(server, $"guest-{number}")).SignalAsync(1, 0);
        }

        var registry = server.Services.GetRequiredService<VmRegistry>();
        var watch = WatchDirectly(server, TimeProvider.System);
        var deletions = Task.Run(() => DeleteAllAsync(registry, Count), TestContext.Current.CancellationToken);
        var counts = new HashSet<ulong>();
        do
        {
            counts.Add((await watch.LookAsync(TestContext.Current.CancellationToken)).Total.MessagesPended);
        }
        while (!deletions.IsCompleted);

        await deletions;
        Assert.Equal([Count], counts);
    }

    [Fact]
    public async Task Vm_that_lets_nobody_in_holds_up_no_look_and_tells_its_mistake_later()
    {
        await using var server = await TestServer.StartAsync();
        var held = await MetricsTests.MappedAsync(server, "held");
        var other = await MetricsTests.MappedAsync(server, "other");
        await held.SignalAsync(9, 0);
        await other.SignalAsync(9, 0);
        await using var gate = await HeldGate.HoldAsync(server.Host(held.Name));
        using var call = Watch(server);
        string MistakeOf(WatchActivityResponse look, string name) => look.Vms.Single(vm => vm.Vm == name).LastMistake;

        var look = await ReadUntilAsync(call, look => MistakeOf(look, other.Name) != "");
        Assert.Equal(("", 1ul), (MistakeOf(look, held.Name), look.Vms.Single(vm => vm.Vm == held.Name).Mistakes));

        await gate.ReleaseAsync();
        await ReadUntilAsync(call, look => MistakeOf(look, held.Name) != "");
    }

    [Fact]
    public async Task Those_that_do_most_come_first()
    {
        await using var server = await TestServer.StartAsync();
        await MetricsTests.MappedAsync(server, "a");
        var busy = await MetricsTests.MappedAsync(server, "b");
        using var call = Watch(server, new WatchActivityRequest { IntervalMs = 100, VmsMax = 1 });
        await ReadAsync(call);

        await busy.SignalAsync(1, 0);

        var look = await ReadUntilAsync(call, look => look.Total.MessagesPended == 1);
        Assert.Equal(2ul, look.VmCount);
        Assert.Equal("vms/b", Assert.Single(look.Vms).Vm);
    }

    [Fact]
    public async Task One_vm_is_watched_until_it_is_gone()
    {
        await using var server = await TestServer.StartAsync();
        await MetricsTests.MappedAsync(server, "a");
        await MetricsTests.MappedAsync(server, "b");
        using var call = Watch(server, new WatchActivityRequest { IntervalMs = 100, Vm = "vms/b" });
        Assert.Equal("vms/b", Assert.Single((await ReadAsync(call)).Vms).Vm);

        await server.Tcp.DeleteVmAsync("vms/b");

        var end = await Refusal.OfAsync(() => ReadUntilAsync(call, _ => false));
        Assert.Equal(ErrorReason.VmNotFound, end.Detail.Reason);
    }

    [Theory]
    [InlineData(99u, 0u, "", ErrorReason.OutOfRange, "interval_ms")]
    [InlineData(60_001u, 0u, "", ErrorReason.OutOfRange, "interval_ms")]
    [InlineData(0u, 1001u, "", ErrorReason.OutOfRange, "vms_max")]
    [InlineData(0u, 0u, "vms/nobody", ErrorReason.VmNotFound, "vm")]
    public async Task Bad_request_is_refused(uint interval, uint vmsMax, string vm, ErrorReason reason, string field)
    {
        await using var server = await TestServer.StartAsync();
        using var call = Watch(
            server, new WatchActivityRequest { IntervalMs = interval, VmsMax = vmsMax, Vm = vm });

        var refusal = await Refusal.OfAsync(() => ReadAsync(call));

        Assert.Equal((reason, field), (refusal.Detail.Reason, refusal.Detail.Field));
    }

    [Fact]
    public async Task One_more_than_may_is_refused_until_one_has_gone()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.ActivityWatchesMax = 1);
        using (var only = Watch(server))
        {
            await ReadAsync(only);
            using var other = Watch(server);
            var refusal = await Refusal.OfAsync(() => ReadAsync(other));
            Assert.Equal(ErrorReason.LimitExceeded, refusal.Detail.Reason);
        }

        await server.Requests.UntilAsync(0);
        using var next = Watch(server);
        await ReadAsync(next);
    }

    private static (ulong Commands, uint StalledQueues, ulong Calls, bool Attached) NowOf(VmActivity vm) =>
        (vm.WaitingCommands, vm.StalledQueues, vm.WaitingCalls, vm.Attached);

    private static ActivityWatch WatchDirectly(TestServer server, TimeProvider time) => new(
        server.Services.GetRequiredService<VmRegistry>(),
        ActivityOrder.Read(new WatchActivityRequest()),
        server.Services.GetRequiredService<VmSurroundings>().Limits,
        time);

    private static async Task DeleteAllAsync(VmRegistry registry, int count)
    {
        for (var number = 0; number < count; number++)
        {
            await registry.DeleteAsync($"vms/guest-{number}", "name", TestContext.Current.CancellationToken);
        }
    }

    private static AsyncServerStreamingCall<WatchActivityResponse> Watch(
        TestServer server, WatchActivityRequest? request = null) => server.Tcp.Inspect.WatchActivity(
            request ?? new WatchActivityRequest { IntervalMs = 100 },
            cancellationToken: TestContext.Current.CancellationToken);

    private static async Task<WatchActivityResponse> ReadAsync(AsyncServerStreamingCall<WatchActivityResponse> call)
    {
        Assert.True(await call.ResponseStream.MoveNextWithinLimit(), "the stream has ended");
        return call.ResponseStream.Current;
    }

    private static async Task<WatchActivityResponse> ReadUntilAsync(
        AsyncServerStreamingCall<WatchActivityResponse> call, Func<WatchActivityResponse, bool> isWanted)
    {
        for (var looks = 0; looks < 100; looks++)
        {
            var look = await ReadAsync(call);
            if (isWanted(look))
            {
                return look;
            }
        }

        Assert.Fail("what was waited for has not come");
        return null!;
    }
}
