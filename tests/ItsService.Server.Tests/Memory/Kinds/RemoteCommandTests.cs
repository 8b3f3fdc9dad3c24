using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Memory.Kinds;

/// <summary>
/// Commands in remote memory, and what they need of it: each sees what its guest had written before it.
/// </summary>
public class RemoteCommandTests
{
    private const uint Device = 7;
    private const uint Lpi = 8192;

    [Fact]
    public async Task Commands_are_fetched_together_and_not_beyond_what_the_guest_finished()
    {
        await using var server = await TestServer.StartAsync();
        using var made = await GuestOfKind.BootAsync(server, MemoryKind.Served);
        var asked = made.Ram.Asked.Count;
        var begin = await made.Guest.ReadAsync("GITS_CWRITER");

        await made.Guest.RunAsync([.. Enumerable.Repeat(ItsCommand.Sync(0), 60)], its: 0);

        var read = Assert.Single(made.Ram.Asked.Skip(asked), request => request.Read is not null).Read;
        Assert.Equal(GuestMap.Queue(0) + begin, read.Address);
        Assert.Equal(60u * 32, read.LengthBytes);
    }

    [Fact]
    public async Task What_was_brought_for_a_command_is_not_used_by_the_next()
    {
        await using var server = await TestServer.StartAsync();
        using var made = await GuestOfKind.BootAsync(server, MemoryKind.Served);
        var (guest, ram) = (made.Guest, made.Ram);
        ram.Write(GuestMap.ConfigurationTable, [0xA0, 0xA0]);
        await guest.MapDeviceAsync(Device, eventCount: 2, Lpi);

        // An INV waits for its page. Before the answer arrives, the guest enables both LPIs and asks for the other one.
        var begin = await guest.ReadAsync("GITS_CWRITER");
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ram.Holding = async request =>
        {
            if (request.Read?.Address == GuestMap.ConfigurationTable)
            {
                ram.Holding = null;
                ram.Write(GuestMap.ConfigurationTable, [0xA1, 0xA1]);
                ram.Write(GuestMap.Queue(0) + begin + 32, Words(ItsCommand.Invalidate(Device, 1)));
                await guest.WriteAsync("GITS_CWRITER", begin + 64);
                asked.SetResult();
            }
        };
        ram.Write(GuestMap.Queue(0) + begin, Words(ItsCommand.Invalidate(Device, 0)));
        await guest.WriteAsync("GITS_CWRITER", begin + 32);
        await asked.Task.WithinLimit();
        await guest.UntilQueueIsEmptyAsync(begin + 64);
        await guest.SignalAsync(Device, 0);
        await guest.SignalAsync(Device, 1);

        // The first had been answered with what it was before.
        Assert.Equal(Lpi + 1, await guest.AcknowledgeAsync(vcpu: 0));
        Assert.Equal(1023u, await guest.AcknowledgeAsync(vcpu: 0));
    }

    [Fact]
    public async Task Slot_that_the_guest_has_filled_anew_is_brought_anew()
    {
        const ulong QueueBytes = 4096;
        await using var server = await TestServer.StartAsync();
        using var made = await GuestOfKind.CreateAsync(server, MemoryKind.Served);
        var (guest, ram) = (made.Guest, made.Ram);
        await made.SetUpAsync(queuePages: 1);
        await guest.MapDeviceAsync(Device, eventCount: 2, Lpi);

        // All slots up to the queue's end are brought together. While they run, one by one since each waits for its
        // page, the guest fills those that have run with others.
        var begin = await guest.ReadAsync("GITS_CWRITER");
        var count = (int)((QueueBytes - begin) / 32);
        var refilled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var pages = 0;
        ram.Holding = async request =>
        {
            if (request.Read?.Address == GuestMap.ConfigurationTable && ++pages == 60)
            {
                ram.Write(
                    GuestMap.Queue(0), [.. Enumerable.Repeat(ItsCommand.Sync(0), (int)begin / 32).SelectMany(Words)]);
                ram.Write(GuestMap.Queue(0) + begin, Words(ItsCommand.Interrupt(Device, 1)));
                await guest.WriteAsync("GITS_CWRITER", begin + 32);
                refilled.SetResult();
            }
        };
        ram.Write(
            GuestMap.Queue(0) + begin,
            [.. Enumerable.Repeat(ItsCommand.Invalidate(Device, 0), count).SelectMany(Words)]);
        await guest.WriteAsync("GITS_CWRITER", 0);
        await refilled.Task.WithinLimit();
        await guest.UntilQueueIsEmptyAsync(begin + 32);

        Assert.Equal(Lpi + 1, await guest.AcknowledgeAsync(vcpu: 0));
    }

    [Fact]
    public async Task Commands_wait_for_the_vmm_and_run_once_when_it_comes()
    {
        await using var server = await StartAsync(patienceMs: 50);
        var guest = await CreateAsync(server);
        var ram = new VmmRam();
        ram.Write(GuestMap.Queue(0), [.. Words(ItsCommand.MapCollection(3, 1)), .. Words(ItsCommand.Sync(1))]);
        await guest.SetUpItsAsync();

        await guest.WriteAsync("GITS_CWRITER", 64);
        await Task.Delay(200, TestContext.Current.CancellationToken);
        var before = await guest.ReadAsync("GITS_CREADR");
        using var stream = await MemoryStream.OpenAsync(server.Tcp, guest.Name);
        _ = stream.ServeAsync(ram);
        await guest.UntilQueueIsEmptyAsync(64);

        Assert.Equal(0u, before);
        var collections = (await guest.DumpAsync()).Where(entry => entry.Collection is not null);
        Assert.Single(collections);
    }

    private static Task<TestServer> StartAsync(int patienceMs) =>
        TestServer.StartAsync(options => options.Limits.MemoryAnswerMillisecondsMax = patienceMs);

    private static async Task<Guest> CreateAsync(TestServer server)
    {
        var spec = GuestMap.Spec();
        GuestOfKind.SetBacking(spec.MemoryRegions[0], MemoryKind.Served, server, "guest");
        return await Guest.CreateAsync(server.Tcp, "guest", spec);
    }

    private static byte[] Words(ItsCommand command) => [.. command.Doublewords.SelectMany(BitConverter.GetBytes)];
}
