using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Sessions;

namespace ItsService.Server.Tests.Telemetry;

/// <summary>What there is in all VMs together, which goes up and down.</summary>
public class GaugeMetricsTests
{
    [Fact]
    public async Task Devices_and_events_are_counted_while_they_are_mapped()
    {
        await using var server = await Scrape.ServeAsync();
        var guest = await MetricsTests.MappedAsync(server, "guest");
        var other = await MetricsTests.MappedAsync(server, "other");

        await guest.MapDeviceAsync(2, eventCount: 3, firstLpi: 8200);
        Assert.Equal((3, 5), await ReadAsync(server, "its_device_mapped", "its_lpi_mapped"));

        await guest.RunAsync(ItsCommand.UnmapDevice(2));
        Assert.Equal((2, 2), await ReadAsync(server, "its_device_mapped", "its_lpi_mapped"));

        await server.Tcp.DeleteVmAsync(other.Name);
        Assert.Equal((1, 1), await ReadAsync(server, "its_device_mapped", "its_lpi_mapped"));
    }

    [Fact]
    public async Task Commands_lie_in_the_queues_until_they_have_been_read()
    {
        await using var server = await Scrape.ServeAsync();
        var guest = await MetricsTests.MappedAsync(server, "guest");
        var other = await MetricsTests.MappedAsync(server, "other");

        var end = await LeaveAsync(guest, 3);
        await LeaveAsync(other, 2);
        Assert.Equal((5, 0), await ReadAsync(server, "its_command_queue_depth", "its_command_queue_stalled"));

        await guest.WriteAsync("GITS_CTLR", 1);
        await guest.UntilQueueIsEmptyAsync(end);
        Assert.Equal((2, 0), await ReadAsync(server, "its_command_queue_depth", "its_command_queue_stalled"));
    }

    [Fact]
    public async Task Sessions_are_counted_while_a_VMM_is_attached_and_attaches_each_time()
    {
        await using var server = await Scrape.ServeAsync();
        var guest = await MetricsTests.MappedAsync(server, "guest");
        var other = await MetricsTests.MappedAsync(server, "other");

        using var first = await AttachedVmm.AttachAsync(guest);
        using var again = await first.AgainAsync(guest, received: 0);
        using var ofOther = await AttachedVmm.AttachAsync(other);
        Assert.Equal((2, 3), await ReadAsync(server, "its_session_count", "its_session_attaches_total"));

        ofOther.Cut();
        await server.Requests.UntilAsync(1);
        Assert.Equal((1, 3), await ReadAsync(server, "its_session_count", "its_session_attaches_total"));
    }

    // An ITS that is off runs nothing.
    private static async Task<ulong> LeaveAsync(Guest guest, int commandCount)
    {
        await guest.WriteAsync("GITS_CTLR", 0);
        var end = await guest.PlaceAsync([.. Enumerable.Repeat(ItsCommand.Sync(0), commandCount)]);
        await guest.WriteAsync("GITS_CWRITER", end);
        return end;
    }

    private static async Task<(double One, double Other)> ReadAsync(TestServer server, string one, string other)
    {
        var scrape = await Scrape.OfAsync(server);
        Assert.Contains(one, scrape.Series);
        Assert.Contains(other, scrape.Series);
        return (scrape[one], scrape[other]);
    }
}
