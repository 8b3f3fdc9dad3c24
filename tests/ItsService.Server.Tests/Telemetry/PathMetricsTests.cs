using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Injection;
using ItsService.Server.Tests.Sessions;

namespace ItsService.Server.Tests.Telemetry;

/// <summary>On each way on which messages come, both are timed: the wait for their VM, and what it does.</summary>
public class PathMetricsTests
{
    [Theory]
    [InlineData("unary", "call")]
    [InlineData("stream", "stream")]
    [InlineData("session", "list of a session")]
    [InlineData("doorbell", "write")]
    [InlineData("doorbell", "write in a batch")]
    [InlineData("doorbell", "write in a session")]
    [InlineData("doorbell", "batch in a session")]
    public async Task Message_and_its_wait_are_timed_once(string path, string way)
    {
        await using var server = await Scrape.ServeAsync();
        var guest = await MetricsTests.MappedAsync(server, "guest");

        await SendAsync(guest, way);

        var scrape = await Scrape.OfAsync(server);
        string[] timed = ["its_injection_duration_seconds_count", "its_injection_queue_duration_seconds_count"];
        foreach (var family in timed)
        {
            Assert.Equal(
                [path],
                scrape.Series.Where(series => series.StartsWith(family, StringComparison.Ordinal))
                    .Select(series => series.Split("its_path=\"")[1].Split('"')[0]));
        }

        Assert.Equal(1, scrape[$$"""{{timed[0]}}{its_path="{{path}}",its_msi_outcome="pended"}"""]);
        Assert.Equal(1, scrape[$$"""{{timed[1]}}{its_path="{{path}}"}"""]);
    }

    [Fact]
    public async Task Writes_of_vcpus_are_no_messages_and_are_not_timed()
    {
        await using var server = await Scrape.ServeAsync();
        var guest = await MetricsTests.MappedAsync(server, "guest");
        using var vmm = await AttachedVmm.AttachAsync(guest);

        await guest.WriteAsync("GICD_CTLR", 0x12);
        await vmm.AskAsync(AttachedVmm.Write("GICD_CTLR", 0x12));

        Assert.DoesNotContain(
            (await Scrape.OfAsync(server)).Series,
            series => series.StartsWith("its_injection_duration", StringComparison.Ordinal)
                || series.StartsWith("its_injection_queue", StringComparison.Ordinal));
    }

    private static async Task SendAsync(Guest guest, string way)
    {
        switch (way)
        {
            case "call":
                await guest.SignalAsync(1, 0);
                break;
            case "stream":
                using (var stream = await SenderStream.OpenAsync(guest))
                {
                    await stream.SendAsync((1u, 0u));
                    await stream.EndsWellAsync();
                }

                break;
            case "write":
                await guest.Api.WriteAsync(new WriteRegisterRequest
                {
                    Vm = guest.Name,
                    Target = Guest.At(GuestMap.Doorbell()),
                    SizeBytes = 4,
                    DeviceId = 1,
                });
                break;
            case "write in a batch":
                await guest.Api.BatchAsync(new BatchRequest
                {
                    Vm = guest.Name,
                    Accesses = { new Access { Write = Doorbell() } },
                });
                break;
            default:
                await AskAsync(guest, way);
                break;
        }
    }

    private static async Task AskAsync(Guest guest, string way)
    {
        using var vmm = await AttachedVmm.AttachAsync(guest);
        await vmm.AskAsync(way switch
        {
            "list of a session" => AttachedVmm.Message(1, 0),
            "write in a session" => new VmmRequest { Write = Doorbell() },
            "batch in a session" => new VmmRequest
            {
                Batch = new AccessList { Accesses = { new Access { Write = Doorbell() } } },
            },
            _ => throw new ArgumentOutOfRangeException(nameof(way), way, "no such way"),
        });
    }

    private static WriteAccess Doorbell() =>
        new() { Target = Guest.At(GuestMap.Doorbell()), SizeBytes = 4, DeviceId = 1 };
}
