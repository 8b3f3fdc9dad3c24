using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Machines;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Injection;
using ItsService.Server.Tests.Refusals;

namespace ItsService.Server.Tests.Gates;

/// <summary>A VM in which the service met an error of its own.</summary>
public class FaultedVmTests
{
    private const uint Device = 4;
    private const string Mishap = "two and two are five";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Call_that_meets_the_error_is_told_and_so_are_all_later_ones()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);

        var first = await FaultAsync(server, guest);
        var later = await Refusal.OfAsync(() => guest.SignalAsync(Device, 0));

        Assert.Equal((StatusCode.Internal, ErrorReason.VmFaulted), (first.Code, first.Detail.Reason));
        Assert.Equal((StatusCode.FailedPrecondition, ErrorReason.VmFaulted), (later.Code, later.Detail.Reason));
        var vm = await guest.DescribeAsync();
        Assert.Equal(VmState.Faulted, vm.State);
        Assert.Contains(Mishap, vm.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_that_wait_for_resume_are_told()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        await guest.Api.PauseAsync(guest.Name);
        var waiting = guest.SignalAsync(Device, 0);
        await server.Requests.UntilAsync(1);

        await FaultAsync(server, guest);

        Assert.Equal(ErrorReason.VmFaulted, (await Refusal.OfAsync(() => waiting.WithinLimit())).Detail.Reason);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Streams_of_messages_and_watches_of_lines_end_and_say_why(bool aBatchWaits)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        var other = await InjectMsisTests.BootAsync(server.Tcp, id: "other");
        using var stream = await SenderStream.OpenAsync(guest);
        using var ofOther = await SenderStream.OpenAsync(other);
        using var watch = guest.Api.Interrupts.WatchVcpus(
            new WatchVcpusRequest { Vm = guest.Name }, cancellationToken: Cancellation);
        Assert.True(await watch.ResponseStream.MoveNextWithinLimit());
        if (aBatchWaits)
        {
            await guest.Api.PauseAsync(guest.Name);
            await stream.SendAsync((Device, 0u));
            await server.Host(guest.Name).UntilWaitingAsync(1);
        }

        await FaultAsync(server, guest);
        var (end, last) = await stream.EndAsync();
        var watchEnd = await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNextWithinLimit());
        await ofOther.SendAsync((7u, 0u));

        Assert.All(
            [Refusal.Of(end), Refusal.Of(watchEnd)],
            refusal => Assert.Equal(
                (StatusCode.FailedPrecondition, ErrorReason.VmFaulted, guest.Name),
                (refusal.Code, refusal.Detail.Reason, refusal.Detail.Resource)));
        Assert.Equal(0u, last.Accepted);
        Assert.Equal(1u, (await ofOther.EndsWellAsync()).Pended);
    }

    [Fact]
    public async Task Tables_and_mistakes_can_be_looked_at()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        await guest.SignalAsync(Device, eventId: 99);
        var tables = await guest.DumpAsync();
        var mistakes = await DiagnosticsAsync(guest);
        await FaultAsync(server, guest);

        Assert.Equal(tables, await guest.DumpAsync());
        Assert.Equal(mistakes, await DiagnosticsAsync(guest));
        Assert.Single(mistakes.Mistakes);
    }

    [Fact]
    public async Task Mistake_of_the_entry_that_failed_has_its_time()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        var before = DateTime.UtcNow;
        await FaultAsync(server, guest, new Fail(SignalUnmapped: true));

        var mistake = Assert.Single((await DiagnosticsAsync(guest)).Mistakes);

        Assert.InRange(mistake.Time.ToDateTime(), before, DateTime.UtcNow);
    }

    [Fact]
    public async Task Look_at_what_cannot_be_read_is_told_and_the_next_look_is_served()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        await FaultAsync(server, guest);

        var refusal = await Refusal.OfAsync(() =>
            server.Host(guest.Name).InspectAsync<Fail, Done>(default, Cancellation).AsTask());

        Assert.Equal((StatusCode.Internal, ErrorReason.VmFaulted), (refusal.Code, refusal.Detail.Reason));
        Assert.Contains("cannot be read", refusal.Message, StringComparison.Ordinal);
        Assert.NotEmpty(await guest.DumpAsync());
    }

    [Fact]
    public async Task Other_vms_go_on_and_the_name_can_be_had_again()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        var other = await Guest.CreateAsync(server.Tcp, "other");
        await FaultAsync(server, guest);

        Assert.Equal(0x1EF71u, await other.ReadAsync("GITS_TYPER"));
        await guest.Api.DeleteVmAsync(guest.Name);
        var refusal = await Refusal.OfAsync(() => guest.DumpAsync());

        Assert.Equal(ErrorReason.VmNotFound, refusal.Detail.Reason);
        Assert.Equal(0x1EF71u, await (await Guest.CreateAsync(server.Tcp, "faulty")).ReadAsync("GITS_TYPER"));
    }

    private static async Task<Guest> BootAsync(Api api)
    {
        var guest = await Guest.BootAsync(api, "faulty");
        await guest.MapDeviceAsync(Device, eventCount: 1, firstLpi: 8192);
        return guest;
    }

    private static Task<Refusal> FaultAsync(TestServer server, Guest guest, Fail fail = default) =>
        Refusal.OfAsync(() => server.Host(guest.Name).EnterAsync<Fail, Done>(fail, Cancellation).AsTask());

    private static Task<GetDiagnosticsResponse> DiagnosticsAsync(Guest guest) =>
        guest.Api.GetDiagnosticsAsync(new GetDiagnosticsRequest { Vm = guest.Name });

    private readonly record struct Fail(bool SignalUnmapped) : IVmOperation<Done>
    {
        public Done Run(VmContent vm)
        {
            if (SignalUnmapped)
            {
                vm.Gic.SignalMsi(0, new(Device), new(99));
            }

            throw new InvalidOperationException(Mishap);
        }
    }
}
