using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;

namespace ItsService.Server.Tests.Memory;

/// <summary>Which writes of the controller are told, through the API.</summary>
public class DrainDirtyPagesTests
{
    private const uint Device = 0x12;
    private const ulong PageBytes = 4096;

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Entries_that_commands_clear_are_told_and_what_the_caller_writes_is_not(Transport transport)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server[transport], "guest");
        await guest.MapDeviceAsync(Device, 2, 8192);
        Assert.Empty((await DrainAsync(guest, received: 0)).Ranges);

        await guest.RunAsync(ItsCommand.Discard(Device, 0));
        var discarded = await DrainAsync(guest, received: 1);
        await guest.RunAsync(ItsCommand.UnmapDevice(Device));
        var unmapped = await DrainAsync(guest, discarded.Answer);

        Assert.Equal([PageOf(GuestMap.TranslationTable(0, Device))], discarded.Ranges);
        Assert.Equal([PageOf(GuestMap.DeviceTable(0) + (Device * 8))], unmapped.Ranges);
        Assert.Empty((await DrainAsync(guest, unmapped.Answer)).Ranges);
    }

    [Fact]
    public async Task Submitted_commands_and_pending_tables_are_told()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        await guest.SubmitAsync(new SubmittedCommand { Sync = new SyncCommand() });
        var submitted = await DrainAsync(guest, received: 0);
        await guest.WriteAsync("GICR_CTLR", 0, index: 1);

        var disabled = await DrainAsync(guest, submitted.Answer);

        Assert.Equal([PageOf(GuestMap.Queue(0))], submitted.Ranges);
        var table = Assert.Single(disabled.Ranges);
        Assert.Equal(GuestMap.PendingTable(1), table.Address);
        Assert.Equal(2 * PageBytes, table.LengthBytes);
    }

    [Fact]
    public async Task More_ranges_than_an_answer_has_are_refused()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");

        var refusal = await Refusal.OfAsync(() => guest.Api.DrainDirtyPagesAsync(
            new DrainDirtyPagesRequest { Vm = guest.Name, RangesMax = 4097 }));

        Assert.Equal(ErrorReason.OutOfRange, refusal.Detail.Reason);
        Assert.Equal("ranges_max", refusal.Detail.Field);
        Assert.Contains("1..4096", refusal.Detail.Accepted, StringComparison.Ordinal);
    }

    private static Task<DrainDirtyPagesResponse> DrainAsync(Guest guest, ulong received) =>
        guest.Api.DrainDirtyPagesAsync(new DrainDirtyPagesRequest { Vm = guest.Name, Received = received });

    private static DirtyRange PageOf(ulong address) =>
        new() { Address = address & ~(PageBytes - 1), LengthBytes = PageBytes };
}
