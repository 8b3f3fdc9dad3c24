using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Machines;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Injection;
using ItsService.Server.Tests.Refusals;
using ItsService.Server.Tests.Sessions;

namespace ItsService.Server.Tests.Tracing;

/// <summary>What a trace holds and drops, who else notices, and how it ends.</summary>
public class TraceBoundTests
{
    private const uint Device = 7;
    private const int Records = 8000;

    [Fact]
    public async Task Reader_that_stops_loses_the_oldest_and_they_are_counted()
    {
        const int KeptMax = 100;
        await using var server = await TestServer.StartAsync(options => options.Limits.TraceEventsMax = KeptMax);
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        var other = await Guest.CreateAsync(server.UnixSocket, "other");
        using var tracer = await Tracer.BeginAsync(guest, Msis());
        using var sender = await SenderStream.OpenAsync(guest.Over(server.UnixSocket));
        var records = SenderStream.Records(Enumerable.Repeat((Device, 0u), Records));

        // More than any buffer between the two holds, and the VM takes all of it.
        const ulong Batches = 100;
        while (sender.Next <= Batches)
        {
            await sender.SendAsync(records);
        }

        var last = (await sender.ReadUntilAsync(Batches))[^1];
        Assert.Equal(Batches * Records, last.Accepted);
        Assert.Equal(0x1EF71u, await other.ReadAsync("GITS_TYPER"));
        await guest.SignalAsync(Device, 55);

        var told = new List<TraceEvent>();
        while (told.Count == 0 || told[^1].EventId != 55)
        {
            told.AddRange(await tracer.ReadAsync(1));
        }

        // Each message is told or counted, none twice; a gap in the numbers is what was dropped, or of another kind.
        Assert.Equal((Batches * Records) + 1, (ulong)told.Count + tracer.Dropped.Total);
        Assert.NotEqual(0u, tracer.Dropped.Total);
        var sequences = told.Select(traced => traced.Sequence).ToList();
        Assert.Equal(sequences.Order().Distinct(), sequences);
        Assert.All(told[^KeptMax..^1], traced => Assert.Equal(MsiOutcome.Coalesced, traced.Outcome));
        Assert.Equal(
            Enumerable.Range(0, KeptMax).Select(back => sequences[^1] - (ulong)back).Order(), sequences[^KeptMax..]);
    }

    [Fact]
    public async Task Entry_with_more_than_is_looked_at_is_counted_whatever_the_filter()
    {
        const int RecordCount = 70_000;
        const int LookedAt = 65_536;
        await using var server = await TestServer.StartAsync(
            options => options.Limits.MsiBatchRecordsMax = RecordCount);
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        using var all = await Tracer.BeginAsync(guest);
        using var one = await Tracer.BeginAsync(guest, new TraceRequest { EventIds = { 1 } });
        using var sender = await SenderStream.OpenAsync(guest);

        await sender.SendAsync(
            [(Device, 1u), .. Enumerable.Repeat((Device, 0u), RecordCount - 2), (Device, 1u)]);
        await sender.ReadUntilAsync(1);
        await guest.SignalAsync(Device, 1);

        // The two lines are raised as well.
        var told = await one.ReadAsync(2);
        Assert.Equal([1u, RecordCount + 3u], told.Select(traced => (uint)traced.Sequence));
        Assert.Equal(RecordCount + 2u - LookedAt, one.Dropped.Total);
        var ofAll = await all.ReadAsync(1);
        while (ofAll[0].Sequence != RecordCount + 3u)
        {
            ofAll = await all.ReadAsync(1);
        }

        Assert.InRange(all.Dropped.Total, RecordCount + 2ul - LookedAt, (ulong)RecordCount);
    }

    [Fact]
    public async Task Each_tracer_has_its_own_numbers_and_begins_where_it_begins()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        using var first = await Tracer.BeginAsync(guest);
        await guest.SignalAsync(Device, 0);
        using var second = await Tracer.BeginAsync(guest);
        await guest.SignalAsync(Device, 0);

        var ofFirst = await first.ReadAsync(3);
        var ofSecond = await second.ReadAsync(1);

        Assert.Equal([1u, 2, 3], ofFirst.Select(traced => (uint)traced.Sequence));
        Assert.Equal(1u, ofSecond[0].Sequence);
        Assert.Equal(MsiOutcome.Coalesced, ofSecond[0].Outcome);
    }

    [Fact]
    public async Task One_tracer_too_many_is_refused_until_another_has_ended_and_none_costs_nothing()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.TracersPerVmMax = 2);
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        var other = await Guest.CreateAsync(server.Tcp, "other");
        var first = await Tracer.BeginAsync(guest);
        var second = await Tracer.BeginAsync(guest);

        using var third = Tracer.Open(guest);
        var refusal = Refusal.Of(await third.EndAsync());
        using var ofOther = await Tracer.BeginAsync(other);
        first.Dispose();
        await UntilTracersAsync(server, guest, count: 1);
        using var fourth = await Tracer.BeginAsync(guest);
        second.Dispose();
        fourth.Dispose();
        await UntilTracersAsync(server, guest, count: 0);

        new Expected(StatusCode.ResourceExhausted, ErrorReason.LimitExceeded, "")
        {
            Resource = guest.Name,
            Accepted = "at most 2 at a time",
        }.AssertMet(refusal);
        Assert.False(await IsTappedAsync(server, guest));
        Assert.True(await IsTappedAsync(server, other));
    }

    [Fact]
    public async Task Trace_ends_with_the_VM_behind_what_it_did()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        using var tracer = await Tracer.BeginAsync(guest, Msis());
        await guest.SignalAsync(Device, 0);

        await server.Tcp.DeleteVmAsync(guest.Name);

        Assert.Equal(ErrorReason.VmNotFound, Refusal.Of(await tracer.EndAsync()).Detail.Reason);
        Assert.Equal(0u, Assert.Single(tracer.Rest()).EventId);
    }

    [Fact]
    public async Task Trace_ends_with_the_server()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        using var tracer = await Tracer.BeginAsync(guest);

        await server.StopAsync();

        Assert.Equal(StatusCode.Unavailable, (await tracer.EndAsync()).StatusCode);
    }

    [Fact]
    public async Task Trace_of_a_VM_that_faults_tells_what_led_to_it()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        using var tracer = await Tracer.BeginAsync(guest);

        await Refusal.OfAsync(() => server.Host(guest.Name)
            .EnterAsync<SignalAndFail, Done>(default, TestContext.Current.CancellationToken).AsTask());

        Assert.Equal(ErrorReason.VmFaulted, Refusal.Of(await tracer.EndAsync()).Detail.Reason);
        Assert.Equal(
            [TraceEventKind.Msi, TraceEventKind.Vm], tracer.Rest().Select(traced => traced.Kind));
        Assert.Equal(TracedVmMoment.Faulted, tracer.Rest()[1].VmMoment);
        using var later = Tracer.Open(guest);
        Assert.Equal(ErrorReason.VmFaulted, Refusal.Of(await later.EndAsync()).Detail.Reason);
    }

    [Fact]
    public async Task Requests_of_a_session_and_accesses_of_a_batch_are_told()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        using var tracer = await Tracer.BeginAsync(guest, Msis());
        using var vmm = await AttachedVmm.AttachAsync(guest);
        var access = new Access
        {
            Write = new WriteAccess
            {
                Target = Guest.Register("GITS_TRANSLATER"),
                Value = 1,
                SizeBytes = 4,
                DeviceId = Device,
            },
        };

        var message = new Msi { Its = new ItsMsi { DeviceId = Device } };
        await vmm.AskAsync(new VmmRequest { Msis = new MsiList { Msis = { message } } });
        await guest.Api.BatchAsync(new BatchRequest { Vm = guest.Name, Accesses = { access, access } });
        var told = await tracer.ReadAsync(3);

        Assert.Equal([0u, 1, 1], told.Select(traced => traced.EventId));
        Assert.Equal(told[1].Time, told[2].Time);
    }

    private static TraceRequest Msis() => new() { Kinds = { TraceEventKind.Msi } };

    // The server learns a little later that a call was cancelled.
    private static async Task UntilTracersAsync(TestServer server, Guest guest, int count)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        while (await server.Host(guest.Name).InspectAsync<CountTracers, int>(
            default, TestContext.Current.CancellationToken) != count)
        {
            Assert.True(
                TimeProvider.System.GetElapsedTime(startedAt) < TestTimeout.Limit,
                "the place of a trace that has ended is not given back");
            await Task.Yield();
        }
    }

    private static async Task<bool> IsTappedAsync(TestServer server, Guest guest) =>
        await server.Host(guest.Name).InspectAsync<IsTapped, bool>(default, TestContext.Current.CancellationToken);

    private readonly struct CountTracers : IVmOperation<int>
    {
        public int Run(VmContent vm) => vm.Traces.Count;
    }

    private readonly struct IsTapped : IVmOperation<bool>
    {
        public bool Run(VmContent vm) => vm.Gic.Trace is not null;
    }

    private readonly struct SignalAndFail : IVmOperation<Done>
    {
        public Done Run(VmContent vm)
        {
            vm.Gic.SignalMsi(0, new(99), new(0));
            throw new InvalidOperationException("two and two are five");
        }
    }
}
