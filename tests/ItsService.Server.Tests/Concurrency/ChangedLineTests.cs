using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Concurrency;

/// <summary>
/// Which lines answers tell when commands in the background change them, of which no answer tells, and GetVm looks at
/// them in between.
/// </summary>
public class ChangedLineTests
{
    private const uint Device = 5;
    private const uint Lpi = 8192;

    [Fact]
    public async Task Line_that_rises_is_told_after_somebody_saw_it_fallen()
    {
        await using var server = await StartAsync();
        var guest = await BootAsync(server.Tcp);
        var first = Assert.Single((await guest.SignalAsync(Device, 0)).ChangedLines);
        await RunInBackgroundAsync(guest, ItsCommand.Clear(Device, 0));
        var seen = (await guest.DescribeAsync()).Lines[0];

        var told = (await guest.SignalAsync(Device, 1)).ChangedLines;

        Assert.Equal((true, false), (first.IrqAsserted, seen.IrqAsserted));
        Assert.Equal(Line(isAsserted: true, seen.Generation + 1), Assert.Single(told));
    }

    [Fact]
    public async Task Line_that_falls_is_told_after_somebody_saw_it_risen()
    {
        await using var server = await StartAsync();
        var guest = await BootAsync(server.Tcp);
        await RunInBackgroundAsync(guest, ItsCommand.Interrupt(Device, 0));
        var seen = (await guest.DescribeAsync()).Lines[0];

        var acknowledged = await guest.ReadSystemAsync(vcpu: 0, "ICC_IAR1_EL1");

        Assert.True(seen.IrqAsserted);
        Assert.Equal(Lpi, acknowledged.Value);
        Assert.Equal(Line(isAsserted: false, seen.Generation + 1), Assert.Single(acknowledged.ChangedLines));
        Assert.Empty((await ReadAnythingAsync(guest)).ChangedLines);
    }

    [Fact]
    public async Task Line_that_nobody_saw_otherwise_is_not_told()
    {
        await using var server = await StartAsync();
        var guest = await BootAsync(server.Tcp);
        var longerThanOneEntry = Enumerable.Repeat(ItsCommand.Sync(0), 300);
        await RunInBackgroundAsync(
            guest, [ItsCommand.Interrupt(Device, 0), .. longerThanOneEntry, ItsCommand.Clear(Device, 0)]);

        Assert.Equal(2u, (await guest.DescribeAsync()).Lines[0].Generation);
        Assert.Empty((await ReadAnythingAsync(guest)).ChangedLines);
    }

    [Fact]
    public async Task Who_looks_at_all_lines_takes_no_change_away()
    {
        await using var server = await StartAsync();
        var guest = await BootAsync(server.Tcp);
        await RunInBackgroundAsync(guest, ItsCommand.Interrupt(Device, 0));
        var seen = (await guest.DescribeAsync()).Lines[0];

        var told = (await ReadAnythingAsync(guest)).ChangedLines;

        Assert.Equal(seen, Assert.Single(told));
    }

    private static Task<TestServer> StartAsync() =>
        TestServer.StartAsync(options => options.Limits.InlineCommandsMax = 1);

    private static async Task<Guest> BootAsync(Api api)
    {
        var guest = await Guest.BootAsync(api, "lines");
        await guest.MapDeviceAsync(Device, eventCount: 2, firstLpi: Lpi);
        return guest;
    }

    /// <summary>The write of GITS_CWRITER runs the SYNC alone; no answer tells what the others changed.</summary>
    private static async Task RunInBackgroundAsync(Guest guest, params ItsCommand[] commands)
    {
        var writeOffset = await guest.PlaceAsync([ItsCommand.Sync(0), .. commands]);
        var told = await guest.WriteAsync("GITS_CWRITER", writeOffset);
        Assert.Empty(told.ChangedLines);
        ItsEntry its;
        do
        {
            its = (await guest.DumpAsync()).Single(entry => entry.KindCase == TableEntry.KindOneofCase.Its).Its;
        }
        while (its.ReadOffset != its.WriteOffset);
    }

    private static Task<ReadSystemRegisterResponse> ReadAnythingAsync(Guest guest) =>
        guest.ReadSystemAsync(vcpu: 0, "ICC_PMR_EL1");

    private static VcpuLine Line(bool isAsserted, ulong generation) =>
        new() { Vcpu = 0, IrqAsserted = isAsserted, Generation = generation };
}
