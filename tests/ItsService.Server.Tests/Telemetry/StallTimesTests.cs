using ItsService.Protocol.V1;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.State;

namespace ItsService.Server.Tests.Telemetry;

/// <summary>For how long a VM says that a queue of it has been stalled.</summary>
public class StallTimesTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task Stall_lasts_until_the_command_is_mended_however_often_it_is_tried_again()
    {
        await using var server = await ServeAsync();
        var guest = await StalledAsync(server.Tcp);
        AssertSeconds(0, server, guest);
        Pass(3);
        AssertSeconds(3, server, guest);

        await guest.WriteAsync("GITS_CWRITER", ItsCommand.SizeBytes | 1);
        Pass(2);
        AssertSeconds(5, server, guest);

        await MendAsync(guest);
        AssertSeconds(0, server, guest);
        Pass(7);
        AssertSeconds(0, server, guest);

        await StallAgainAsync(guest);
        Pass(1);
        AssertSeconds(1, server, guest);
    }

    [Fact]
    public async Task Of_two_queues_the_one_counts_that_was_stalled_first()
    {
        await using var server = await ServeAsync();
        var guest = await StalledAsync(server.Tcp, itsCount: 2);
        Pass(10);
        await guest.SetUpItsAsync(1);
        await StallAsync(guest, its: 1);
        Pass(10);
        AssertSeconds(20, server, guest);

        await MendAsync(guest);

        AssertSeconds(10, server, guest);
    }

    [Fact]
    public async Task Restored_stall_begins_at_the_restore()
    {
        await using var server = await ServeAsync();
        var guest = await StalledAsync(server.Tcp);
        Pass(60);
        await guest.Api.PauseAsync(guest.Name);
        var saved = await guest.Api.SaveAsync(guest.Name);

        var restored = await GoingOn.RestoreIntoFreshAsync(guest, saved.Blob);

        AssertSeconds(0, server, restored);
        Pass(4);
        AssertSeconds(4, server, restored);
        AssertSeconds(64, server, guest);

        await guest.Api.RestoreAsync(guest.Name, saved.Blob);
        AssertSeconds(0, server, guest);
    }

    [Fact]
    public async Task Metric_tells_the_longest_stall_in_seconds()
    {
        await using var server = await Scrape.ServeAsync(options => options.Time = _time);
        await StalledAsync(server.Tcp);
        Pass(3);

        var scrape = await Scrape.OfAsync(server);

        Assert.Equal(3, scrape["its_command_queue_stall_duration_seconds"], precision: 3);
        Assert.Equal(1, scrape["its_command_queue_stalled"]);
    }

    private void Pass(int seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));

    private Task<TestServer> ServeAsync() => TestServer.StartAsync(options => options.Time = _time);

    private static void AssertSeconds(double expected, TestServer server, Guest guest) =>
        Assert.Equal(expected, server.Host(guest.Name).Read().SecondsStalled, precision: 3);

    private static async Task<Guest> StalledAsync(Api api, int itsCount = 1)
    {
        var spec = GuestMap.Spec(vcpuCount: 2, itsCount);
        spec.CommandErrorPolicy = CommandErrorPolicy.Stall;
        var guest = await Guest.CreateAsync(api, "original", spec);
        await guest.SetUpLpisAsync(vcpuCount: 2);
        await guest.SetUpItsAsync();
        await StallAsync(guest);
        return guest;
    }

    // MAPC names a vCPU that there is not.
    private static async Task StallAsync(Guest guest, uint its = 0)
    {
        await guest.WriteAsync("GITS_CWRITER", await guest.PlaceAsync([ItsCommand.MapCollection(7, 9)], its), its);
        Assert.Equal(1u, await guest.ReadAsync("GITS_CREADR", its) & 1);
    }

    private static async Task MendAsync(Guest guest)
    {
        await guest.WriteMemoryAsync(GuestMap.Queue(0), GuestMap.Doublewords(ItsCommand.Sync(0).Doublewords));
        await guest.WriteAsync("GITS_CWRITER", ItsCommand.SizeBytes | 1);
        Assert.Equal((ulong)ItsCommand.SizeBytes, await guest.ReadAsync("GITS_CREADR"));
    }

    private static async Task StallAgainAsync(Guest guest)
    {
        await guest.WriteMemoryAsync(
            GuestMap.Queue(0) + ItsCommand.SizeBytes,
            GuestMap.Doublewords(ItsCommand.MapCollection(7, 9).Doublewords));
        await guest.WriteAsync("GITS_CWRITER", 2 * ItsCommand.SizeBytes);
        Assert.Equal(1u, await guest.ReadAsync("GITS_CREADR") & 1);
    }
}
