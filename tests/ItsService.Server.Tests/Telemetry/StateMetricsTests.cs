using Google.Protobuf;
using ItsService.Protocol.V1;
using ItsService.Server.State;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;
using ItsService.Server.Tests.Submissions;
using Microsoft.Extensions.DependencyInjection;

namespace ItsService.Server.Tests.Telemetry;

/// <summary>Each save and each restore is measured once, with what it ended in; and what is neither is not.</summary>
public class StateMetricsTests
{
    private const string Save = "its_state_save_duration_seconds_count";
    private const string Restore = "its_state_restore_duration_seconds_count";

    [Fact]
    public async Task Save_that_is_too_large_has_failed()
    {
        await using var server = await Scrape.ServeAsync(options => options.Limits.SavedStateBytesMax = 64 << 10);
        // 57,344 pending LPIs.
        var large = await SlowQueue.BootAsync(server.Tcp, "large");

        await Refusal.OfAsync(() => server.Tcp.SaveAsync(large.Name));

        Assert.Equal(
            [Save + """{error_type="resource_exhausted",its_state_form="blob"} 1"""], await CountedAsync(server));
    }

    [Fact]
    public async Task Restore_that_is_too_large_has_failed_before_it_took_time()
    {
        await using var server = await Scrape.ServeAsync(options => options.Limits.SavedStateBytesMax = 64 << 10);
        var guest = await Guest.CreateAsync(server.Tcp, "guest");

        await Refusal.OfAsync(() => server.Tcp.RestoreAsync(guest.Name, new byte[(64 << 10) + 1]));

        const string Labels = """{error_type="resource_exhausted",its_state_form="blob"}""";
        Assert.Equal([$"{Restore}{Labels} 1"], await CountedAsync(server));
        var sum = Restore.Replace("_count", "_sum", StringComparison.Ordinal);
        Assert.Equal(0, (await Scrape.OfAsync(server))[sum + Labels]);
    }

    [Fact]
    public async Task Restore_whose_client_goes_away_is_cancelled()
    {
        await using var server = await Scrape.ServeAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using (var call = server.Tcp.State.Restore(cancellationToken: cut.Token))
        {
            await call.RequestStream.WriteAsync(
                new RestoreRequest { Vm = guest.Name, Chunk = ByteString.CopyFrom(1, 2, 3) }, cut.Token).WithinLimit();
            await UntilReceivedAsync(server).WithinLimit();
            await cut.CancelAsync();
        }

        await server.Requests.UntilAsync(0);

        Assert.Equal(
            [Restore + """{error_type="cancelled",its_state_form="blob"} 1"""], await CountedAsync(server));
    }

    [Fact]
    public async Task Import_that_cannot_be_read_has_failed_and_a_check_is_none()
    {
        await using var server = await Scrape.ServeAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");

        await Refusal.OfAsync(() => server.Tcp.CheckImportAsync(guest.Name, new ExportedState()));
        Assert.Empty(await CountedAsync(server));
        await Refusal.OfAsync(() => server.Tcp.ImportAsync(guest.Name, new ExportedState()));

        Assert.Equal(
            [Restore + """{error_type="invalid_argument",its_state_form="export"} 1"""], await CountedAsync(server));
    }

    // It has its turn then.
    private static async Task UntilReceivedAsync(TestServer server)
    {
        while (server.Services.GetRequiredService<StateTurns>().TakenCount == 0)
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<List<string>> CountedAsync(TestServer server)
    {
        var scrape = await Scrape.OfAsync(server);
        var counted = scrape.Series.Where(series =>
            series.StartsWith(Save, StringComparison.Ordinal) || series.StartsWith(Restore, StringComparison.Ordinal));
        return [.. counted.Select(series => $"{series} {scrape[series]}")];
    }
}
