using ItsService.Protocol.V1;
using ItsService.Server.Tests.Attributes;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Memory.Kinds;

/// <summary>
/// Operations that wait for remote memory beside one another: each is as if it had happened at one moment.
/// </summary>
public class RemoteOrderTests
{
    private const uint Device = 7;
    private const uint Lpi = 8192;
    private const ulong QueueBytes = 4096;

    [Fact]
    public async Task Configuration_that_was_brought_earlier_does_not_take_the_place_of_one_that_an_inv_has_read()
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        GuestOfKind.SetBacking(spec.MemoryRegions[0], MemoryKind.Served, server, "guest");
        var guest = await Guest.CreateAsync(server.Tcp, "guest", spec);
        var ram = new VmmRam();
        using var stream = await MemoryStream.OpenAsync(server.Tcp, guest.Name);
        _ = stream.ServeAllAtOnceAsync(ram);
        await guest.SetUpLpisAsync(vcpuCount: 2);
        await guest.SetUpItsAsync();
        ram.Write(GuestMap.ConfigurationTable, [0xA0]);
        await guest.RunAsync(ItsCommand.MapCollection(1, 1), ItsCommand.Sync(1));
        await guest.MapDeviceAsync(Device, eventCount: 1, Lpi, collection: 1);
        await guest.WriteAsync("GICR_CTLR", 0, index: 1);
        var end = await guest.PlaceAsync([ItsCommand.Invalidate(Device, 0), ItsCommand.Sync(1)]);

        // What is disabled is on its way when the guest enables it and has it read anew.
        ram.Holding = async request =>
        {
            if (request.Read is { } read && read.Address <= GuestMap.ConfigurationTable
                && GuestMap.ConfigurationTable < read.Address + read.LengthBytes)
            {
                ram.Holding = null;
                ram.Write(GuestMap.ConfigurationTable, [0xA1]);
                await guest.WriteAsync("GITS_CWRITER", end);
                await Task.WhenAny(
                    guest.UntilQueueIsEmptyAsync(end), Task.Delay(300, TestContext.Current.CancellationToken));
            }
        };
        await guest.WriteAsync("GICR_CTLR", 1, index: 1);
        await guest.UntilQueueIsEmptyAsync(end);
        await guest.SignalAsync(Device, 0);

        Assert.Equal(Lpi, await guest.AcknowledgeAsync(vcpu: 1));
    }

    [Fact]
    public async Task Submission_over_the_queues_end_runs_what_the_guest_has_put_before_it()
    {
        await using var server = await TestServer.StartAsync();
        using var made = await GuestOfKind.CreateAsync(server, MemoryKind.Served);
        var (guest, ram) = (made.Guest, made.Ram);
        await made.SetUpAsync(queuePages: 1);
        await guest.MapDeviceAsync(Device, eventCount: 2, Lpi);
        var begin = QueueBytes - (8 * 32);
        var fill = (int)((begin - await guest.ReadAsync("GITS_CWRITER")) / 32);
        await guest.RunAsync([.. Enumerable.Repeat(ItsCommand.Sync(0), fill)], its: 0);

        ram.Holding = async request =>
        {
            if (request.Read is { LengthBytes: QueueBytes } read && read.Address == GuestMap.Queue(0))
            {
                ram.Holding = null;
                ram.Write(GuestMap.Queue(0) + begin, Words(ItsCommand.Interrupt(Device, 1)));
                await guest.WriteAsync("GITS_CWRITER", begin + 32);
            }
        };
        var response = await guest.SubmitAsync(Enumerable.Repeat(ItsCommand.Sync(0).Raw, 10));

        Assert.All(response.Results, result => Assert.Equal(CommandOutcome.Executed, result.Outcome));
        Assert.Equal(Lpi + 1, await guest.AcknowledgeAsync(vcpu: 0));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    public async Task Its_with_a_long_queue_does_not_keep_another_from_its_turn(uint busy)
    {
        const int Long = 1500;
        await using var server = await TestServer.StartAsync();
        using var made = await GuestOfKind.CreateAsync(server, MemoryKind.Served, "guest", GuestMap.Spec(2, 2));
        var guest = made.Guest;
        var other = 1 - busy;
        await guest.SetUpLpisAsync(2);
        for (var its = 0u; its < 2; its++)
        {
            await guest.SetUpItsAsync(its);
            await guest.RunAsync([ItsCommand.MapCollection(0, 0), ItsCommand.Sync(0)], its);
            await guest.MapDeviceAsync(Device, 2, Lpi + (its * 16), its: its);
        }

        var longEnd = await guest.PlaceAsync([.. Enumerable.Repeat(ItsCommand.Invalidate(Device, 0), Long)], busy);
        var shortEnd = await guest.PlaceAsync([.. Enumerable.Repeat(ItsCommand.Invalidate(Device, 0), 3)], other);
        await guest.WriteAsync("GITS_CWRITER", longEnd, busy);
        await guest.WriteAsync("GITS_CWRITER", shortEnd, other);
        await guest.UntilQueueIsEmptyAsync(shortEnd, other);

        var left = (longEnd - await guest.ReadAsync("GITS_CREADR", busy)) / 32;
        Assert.True(left > Long / 2, $"{left} of {Long} commands of the one were left when 3 of the other had run");
    }

    [Theory]
    [InlineData(InFlightPolicy.Drain)]
    [InlineData(InFlightPolicy.Carry)]
    public async Task Save_of_a_paused_vm_brings_what_was_staged_into_force(InFlightPolicy policy)
    {
        await using var server = await TestServer.StartAsync();
        using var first = await GuestOfKind.BootAsync(server, MemoryKind.Served);
        await first.Guest.MapDeviceAsync(Device, eventCount: 2, Lpi);
        await first.Guest.PauseAsync();
        await first.Guest.SetAttributeAsync(AttributeCalls.SaveTables(), 0);
        using var second = await GuestOfKind.CreateAsync(server, MemoryKind.Served, "second");
        await second.Guest.SetUpLpisAsync(vcpuCount: 2);
        await second.Guest.SetUpItsAsync();
        for (var at = GuestMap.Queue(0); at < GuestMap.Queue(0) + 0x100_0000; at += 0x1_0000)
        {
            second.Ram.Write(at, first.Ram.Read(at, 0x1_0000));
        }

        await second.Guest.PauseAsync();
        await second.Guest.SetAttributeAsync(AttributeCalls.Gits(0), 0);
        await second.Guest.SetAttributeAsync(AttributeCalls.RestoreTables(), 0);
        await second.Guest.SetAttributeAsync(AttributeCalls.Gits(0), 1);
        var saved = await server.Tcp.SaveAsync(second.Guest.Name, policy);

        Assert.Equal(2u, saved.Summary.MappedEvents);
    }

    [Fact]
    public void Who_asks_first_and_who_serves_first_have_the_same_requests()
    {
        for (var round = 0; round < 2000; round++)
        {
            var memory = new Server.Memory.Remote.RemoteMemory(new ItsServerLimits());
            using var together = new Barrier(2);
            object? others = null;
            var other = new Thread(() =>
            {
                together.SignalAndWait(TestContext.Current.CancellationToken);
                others = memory.Requests;
            });
            other.Start();
            together.SignalAndWait(TestContext.Current.CancellationToken);
            var own = memory.Requests;
            other.Join();

            Assert.Same(own, others);
        }
    }

    private static byte[] Words(ItsCommand command) => [.. command.Doublewords.SelectMany(BitConverter.GetBytes)];
}
