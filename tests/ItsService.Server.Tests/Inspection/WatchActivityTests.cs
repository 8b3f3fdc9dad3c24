using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Inspection.Activity;
using ItsService.Server.Machines;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;
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
        var watch = new ActivityWatch(
            registry,
            ActivityOrder.Read(new WatchActivityRequest()),
            server.Services.GetRequiredService<VmSurroundings>().Limits,
            TimeProvider.System);
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
