using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Injection;
using ItsService.Server.Tests.Refusals;
using ItsService.Server.Tests.Sessions;

namespace ItsService.Server.Tests.Telemetry;

/// <summary>Which calls count as refused: what the service has turned down, and not what its clients end.</summary>
public class RefusalMetricsTests
{
    [Fact]
    public async Task Stream_of_messages_that_is_refused_or_broken_off_counts_once()
    {
        await using var server = await Scrape.ServeAsync(options => options.Limits.MsiSendersMax = 1);
        var guest = await MetricsTests.MappedAsync(server, "guest");
        using (var unknown = SenderStream.Open(server.Tcp))
        {
            await unknown.WriteAsync(new InjectMsisRequest { Start = new InjectMsisStart { Vm = "vms/none" } });
            await unknown.EndAsync();
        }

        using (var wrong = await SenderStream.OpenAsync(guest))
        using (var tooMany = SenderStream.Open(server.Tcp))
        {
            await tooMany.WriteAsync(new InjectMsisRequest { Start = new InjectMsisStart { Vm = guest.Name } });
            await tooMany.EndAsync();
            await wrong.SendAsync(ByteString.CopyFrom(1, 2, 3));
            await wrong.EndAsync();
        }

        await server.Requests.UntilAsync(0);

        Assert.Equal(
            ["""its_api_refusals_total{error_type="invalid_argument"} 1""",
                """its_api_refusals_total{error_type="not_found"} 1""",
                """its_api_refusals_total{error_type="resource_exhausted"} 1"""],
            await RefusalsAsync(server));
    }

    [Fact]
    public async Task Watch_of_lines_that_is_refused_counts()
    {
        await using var server = await Scrape.ServeAsync();
        using var watch = server.Tcp.Interrupts.WatchVcpus(
            new WatchVcpusRequest { Vm = "vms/none" }, cancellationToken: TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNextWithinLimit());
        await server.Requests.UntilAsync(0);

        Assert.Equal(["""its_api_refusals_total{error_type="not_found"} 1"""], await RefusalsAsync(server));
    }

    [Fact]
    public async Task Session_and_served_memory_that_are_refused_count()
    {
        await using var server = await Scrape.ServeAsync();
        using (var vmm = AttachedVmm.Open(server.Tcp))
        {
            await vmm.WriteAsync(new FromVmm { Attach = new AttachRequest { Vm = "vms/none" } });
            await vmm.EndAsync();
        }

        using (var served = server.Tcp.Memory.Serve(cancellationToken: TestContext.Current.CancellationToken))
        {
            var answer = new ServeMemoryRequest { Answer = new MemoryAnswer() };
            await served.RequestStream.WriteAsync(answer, TestContext.Current.CancellationToken).WithinLimit();
            await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => served.ResponseStream.MoveNextWithinLimit());
        }

        await server.Requests.UntilAsync(0);

        Assert.Equal(
            ["""its_api_refusals_total{error_type="invalid_argument"} 1""",
                """its_api_refusals_total{error_type="not_found"} 1"""],
            await RefusalsAsync(server));
    }

    [Fact]
    public async Task Streams_that_their_clients_end_count_nothing()
    {
        await using var server = await Scrape.ServeAsync();
        var guest = await MetricsTests.MappedAsync(server, "guest");
        using (var whole = await SenderStream.OpenAsync(guest))
        {
            await whole.SendAsync((1u, 0u));
            await whole.EndsWellAsync();
        }

        using (var cut = await SenderStream.OpenAsync(guest))
        {
            await cut.SendAsync((1u, 0u));
            await cut.ReadUntilAsync(1);
            cut.Cut();
        }

        using (var watch = server.Tcp.Interrupts.WatchVcpus(
            new WatchVcpusRequest { Vm = guest.Name }, cancellationToken: TestContext.Current.CancellationToken))
        {
            Assert.True(await watch.ResponseStream.MoveNextWithinLimit());
        }

        using (var vmm = await AttachedVmm.AttachAsync(guest))
        {
            await vmm.CompleteAsync();
            await vmm.EndsWellAsync();
        }

        using (var vmm = await AttachedVmm.AttachAsync(await MetricsTests.MappedAsync(server, "other")))
        {
            vmm.Cut();
        }

        await server.Requests.UntilAsync(0);

        Assert.Empty(await RefusalsAsync(server));
    }

    [Fact]
    public async Task Stream_whose_VM_is_deleted_amid_batches_counts_once_and_has_told_all_that_were_sent()
    {
        await using var server = await Scrape.ServeAsync();
        var guest = await MetricsTests.MappedAsync(server, "guest");
        using var ofOther = await SenderStream.OpenAsync(await MetricsTests.MappedAsync(server, "other"));
        await ofOther.SendAsync((1u, 0u));
        using var stream = await SenderStream.OpenAsync(guest);
        var sending = SendUntilItEndsAsync(stream);
        var told = await stream.ReadUntilAsync(10);

        await server.Tcp.DeleteVmAsync(guest.Name);
        var (end, last) = await stream.EndAsync();
        await sending;
        await ofOther.SendAsync((1u, 0u));
        var lastOfOther = await ofOther.EndsWellAsync();
        await server.Requests.UntilAsync(0);

        Assert.Equal(ErrorReason.VmNotFound, Refusal.Of(end).Detail.Reason);
        Assert.Equal(["""its_api_refusals_total{error_type="not_found"} 1"""], await RefusalsAsync(server));
        Assert.Equal((2u, 1u, 1u), (lastOfOther.Accepted, lastOfOther.Pended, lastOfOther.Coalesced));
        var accepted = Math.Max(told[^1].Accepted, last.Accepted);
        var sent = await Scrape.OfAsync(server);
        Assert.Equal(
            accepted + lastOfOther.Accepted,
            sent.Series.Where(series => series.StartsWith("its_msi_messages_total", StringComparison.Ordinal))
                .Sum(series => sent[series]));
    }

    private static async Task SendUntilItEndsAsync(SenderStream stream)
    {
        var records = SenderStream.Records(Enumerable.Repeat((1u, 0u), 100));
        try
        {
            while (true)
            {
                await stream.SendAsync(records);
            }
        }
        catch (Exception ended) when (ended is RpcException or InvalidOperationException)
        {
            // Nobody takes more of them.
        }
    }

    private static async Task<string[]> RefusalsAsync(TestServer server) =>
    [
        .. (await Scrape.OfAsync(server)).Lines.Where(
            line => line.StartsWith("its_api_refusals", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
    ];
}
