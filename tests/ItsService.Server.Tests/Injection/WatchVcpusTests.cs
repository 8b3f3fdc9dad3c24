using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;

namespace ItsService.Server.Tests.Injection;

/// <summary>Interrupts.WatchVcpus: the lines of a VM's vCPUs as they change.</summary>
public class WatchVcpusTests
{
    private const uint Device = 7;
    private const int ManyVcpus = 64;

    [Fact]
    public async Task All_lines_come_first_and_then_those_that_change()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        await guest.SignalAsync(Device, 1);
        using var call = Watch(guest);

        var first = await ReadAsync(call);
        await guest.SignalAsync(Device, 0);
        var raised = await ReadAsync(call);
        await guest.AcknowledgeAsync(1);
        var lowered = await ReadAsync(call);

        Assert.Equal([(0u, false), (1u, true)], first);
        Assert.Equal([(0u, true)], raised);
        Assert.Equal([(1u, false)], lowered);
    }

    [Fact]
    public async Task Only_the_vcpus_that_were_named_are_told()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        using var call = Watch(guest, 1);

        var first = await ReadAsync(call);
        await guest.SignalAsync(Device, 0);
        await guest.SignalAsync(Device, 1);

        Assert.Equal([(1u, false)], first);
        Assert.Equal([(1u, true)], await ReadAsync(call));
    }

    [Fact]
    public async Task Who_reads_late_finds_the_last_state_of_each_line()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        using var call = Watch(guest);
        await ReadAsync(call);
        VcpuLine? last = null;

        for (var round = 0; round < 200; round++)
        {
            last = (await guest.SignalAsync(Device, 0)).ChangedLines[0];
            var taken = (uint)(await guest.ReadSystemAsync(0, "ICC_IAR1_EL1")).Value;
            last = (await guest.EndAsync(0, taken)).ChangedLines.LastOrDefault() ?? last;
        }

        await guest.SignalAsync(Device, 1);
        var told = new List<VcpuLine>();
        while (told.All(line => line.Vcpu != 1))
        {
            Assert.True(await call.ResponseStream.MoveNextWithinLimit());
            told.AddRange(call.ResponseStream.Current.Lines);
        }

        // Generations never go back, and the last one told is the last one there was.
        var generations = told.Where(line => line.Vcpu == 0).Select(line => line.Generation).ToList();
        Assert.Equal(generations.Order(), generations);
        Assert.False(told.Last(line => line.Vcpu == 0).IrqAsserted);
        Assert.NotNull(last);
    }

    [Fact]
    public async Task Watch_ends_with_the_VM_and_with_the_server()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        var other = await Guest.CreateAsync(server.Tcp, "other");
        using var call = Watch(guest);
        using var otherCall = Watch(other);
        await ReadAsync(call);
        await ReadAsync(otherCall);

        await server.Tcp.DeleteVmAsync(guest.Name);
        var gone = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNextWithinLimit());
        await server.StopAsync();
        var stopped = await Assert.ThrowsAsync<RpcException>(() => otherCall.ResponseStream.MoveNextWithinLimit());

        Assert.Equal(ErrorReason.VmNotFound, Refusal.Of(gone).Detail.Reason);
        Assert.Equal(StatusCode.Unavailable, stopped.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Client_that_does_not_read_keeps_neither_a_deleted_VM_nor_the_server(bool isDeleted)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp, ManyVcpus);
        using var narrow = Api.OverTcp(server.Address, Api.WindowBytesMin);
        using var call = Watch(guest.Over(narrow));
        await server.Requests.UntilAsync(1);
        await ChangeLinesAsync(guest);
        var host = server.Collectable(guest.Name);

        if (isDeleted)
        {
            await server.Tcp.DeleteVmAsync(guest.Name);
            await server.Requests.UntilAsync(0);
            await host.UntilCollectedAsync();
        }

        // A server that waits for the reader waits for as long as it may, and longer than this test.
        await server.StopAsync();
    }

    [Fact]
    public async Task Vcpu_that_is_not_there_cannot_be_watched()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        using var call = Watch(guest, 0, 2);

        var end = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNextWithinLimit());

        new Expected(StatusCode.InvalidArgument, ErrorReason.OutOfRange, "vcpus[1]")
        {
            Resource = guest.Name,
            Accepted = "0..1",
        }.AssertMet(Refusal.Of(end));
    }

    [Fact]
    public async Task One_watch_too_many_is_refused_until_another_has_ended()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.VcpuWatchesPerVmMax = 2);
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        var other = await Guest.CreateAsync(server.Tcp, "other");
        using var first = Watch(guest);
        using var second = Watch(guest);
        await ReadAsync(first);
        await ReadAsync(second);

        using var third = Watch(guest);
        var end = await Assert.ThrowsAsync<RpcException>(() => third.ResponseStream.MoveNextWithinLimit());
        using var ofOther = Watch(other);
        await ReadAsync(ofOther);
        first.Dispose();

        new Expected(StatusCode.ResourceExhausted, ErrorReason.LimitExceeded, "")
        {
            Resource = guest.Name,
            Accepted = "at most 2 at a time",
        }.AssertMet(Refusal.Of(end));
        await UntilWatchedAsync(guest);
    }

    // The server learns a little later that a call was cancelled.
    private static async Task UntilWatchedAsync(Guest guest)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        while (true)
        {
            using var call = Watch(guest);
            try
            {
                await ReadAsync(call);
                return;
            }
            catch (RpcException error) when (error.StatusCode == StatusCode.ResourceExhausted)
            {
                Assert.True(
                    TimeProvider.System.GetElapsedTime(startedAt) < TestTimeout.Limit,
                    "the place of a watch that has ended is not given back");
            }
        }
    }

    // All lines go down and up again, as often as more is to be told than a client takes that does not read.
    private static async Task ChangeLinesAsync(Guest guest)
    {
        for (var vcpu = 0u; vcpu < ManyVcpus; vcpu++)
        {
            await guest.SignalAsync(Device, vcpu);
        }

        for (var round = 0; round < 1500; round++)
        {
            await guest.WriteAsync("GICD_CTLR", 0);
            await guest.WriteAsync("GICD_CTLR", 2);
        }
    }

    private static AsyncServerStreamingCall<WatchVcpusResponse> Watch(Guest guest, params uint[] vcpus) =>
        guest.Api.Interrupts.WatchVcpus(
            new WatchVcpusRequest { Vm = guest.Name, Vcpus = { vcpus } },
            cancellationToken: TestContext.Current.CancellationToken);

    private static async Task<(uint Vcpu, bool IrqAsserted)[]> ReadAsync(
        AsyncServerStreamingCall<WatchVcpusResponse> call)
    {
        Assert.True(await call.ResponseStream.MoveNextWithinLimit());
        return [.. call.ResponseStream.Current.Lines.Select(line => (line.Vcpu, line.IrqAsserted))];
    }
}
