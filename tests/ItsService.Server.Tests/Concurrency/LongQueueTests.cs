using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Concurrency;

/// <summary>A queue that is longer than what one register write runs.</summary>
public class LongQueueTests
{
    private const uint Device = 1;
    private const uint OtherDevice = 2;
    private const uint OtherLpi = 30_000;
    private const uint QueuePages = 256;

    // All slots of the largest queue but one: CREADR == CWRITER means empty.
    private const int CommandCount = 32_767;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Message_is_answered_while_commands_wait()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        var writeOffset = await guest.PlaceAsync(Commands());

        var response = await guest.Api.BatchAsync(new BatchRequest
        {
            Vm = guest.Name,
            Accesses =
            {
                new Access
                {
                    Write = new WriteAccess { Target = Guest.Register("GITS_CWRITER"), Value = writeOffset },
                },
                new Access
                {
                    Write = new WriteAccess
                    {
                        Target = Guest.Register("GITS_TRANSLATER"), DeviceId = OtherDevice,
                    },
                },
                new Access { Read = new ReadAccess { Target = Guest.Register("GITS_CREADR") } },
                new Access { Read = new ReadAccess { Target = Guest.Register("GITS_CTLR") } },
            },
        });

        Assert.Equal(MsiOutcome.Pended, response.Results[1].Done.Msi.Outcome);
        Assert.NotEqual(writeOffset, response.Results[2].Value);
        Assert.Equal(1u, response.Results[3].Value);
        await guest.UntilQueueIsEmptyAsync(writeOffset);
        Assert.Equal(0x8000_0001u, await guest.ReadAsync("GITS_CTLR"));
        await AssertEveryCommandRanAsync(guest);
    }

    [Fact]
    public async Task Long_queue_finishes_by_itself_while_messages_go_on()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        var writeOffset = await guest.PlaceAsync(Commands());
        using var queueDone = new CancellationTokenSource();

        var senders = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var answered = 0;
            do
            {
                var outcome = (await guest.SignalAsync(OtherDevice, 0)).Result.Outcome;
                Assert.True(outcome is MsiOutcome.Pended or MsiOutcome.Coalesced, $"{outcome}");
                answered++;
            }
            while (!queueDone.IsCancellationRequested);

            return answered;
        }, Cancellation)).ToArray();
        await guest.WriteAsync("GITS_CWRITER", writeOffset);
        await guest.UntilQueueIsEmptyAsync(writeOffset);
        await queueDone.CancelAsync();

        Assert.All(await Task.WhenAll(senders).WithinLimit(), answered => Assert.NotEqual(0, answered));
        await AssertEveryCommandRanAsync(guest);
    }

    [Fact]
    public async Task Long_queue_finishes_though_nobody_calls()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        var writeOffset = await guest.PlaceAsync(Commands());
        await guest.WriteAsync("GITS_CWRITER", writeOffset);

        // DumpTables enters no queue: it only looks how far the server has come by itself.
        ItsEntry its;
        do
        {
            its = (await guest.DumpAsync()).Single(entry => entry.KindCase == TableEntry.KindOneofCase.Its).Its;
        }
        while (its.ReadOffset != its.WriteOffset);

        Assert.Equal(writeOffset, its.ReadOffset);
        await AssertEveryCommandRanAsync(guest);
    }

    [Fact]
    public async Task Line_that_a_command_changes_in_the_background_is_told_once()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        var before = (await guest.DescribeAsync()).Lines[1];
        var commands = Commands();
        commands[^1] = ItsCommand.Interrupt(OtherDevice, 0);
        var writeOffset = await guest.PlaceAsync(commands);

        var told = new List<VcpuLine>();
        told.AddRange((await guest.WriteAsync("GITS_CWRITER", writeOffset)).ChangedLines);
        ReadRegisterResponse read;
        do
        {
            read = await guest.Api.ReadAsync(new ReadRegisterRequest
            {
                Vm = guest.Name,
                Target = Guest.Register("GITS_CREADR"),
            });
            told.AddRange(read.ChangedLines);
        }
        while (read.Value != writeOffset);

        Assert.Equal(
            new VcpuLine { Vcpu = 1, IrqAsserted = true, Generation = before.Generation + 1 }, Assert.Single(told));
    }

    private static async Task<Guest> BootAsync(Api api)
    {
        var guest = await Guest.BootAsync(api, "long", queuePages: QueuePages);
        await guest.RunAsync(
            ItsCommand.MapDevice(Device, 12, GuestMap.TranslationTable(0, Device)),
            ItsCommand.MapDevice(OtherDevice, 12, GuestMap.TranslationTable(0, OtherDevice)),
            ItsCommand.MapEvent(OtherDevice, 0, OtherLpi, collection: 1));
        return guest;
    }

    /// <summary>Maps and invalidates events over and over, and maps a last one at the very end.</summary>
    private static List<ItsCommand> Commands()
    {
        List<ItsCommand> commands = [];
        for (var number = 0u; commands.Count < CommandCount - 2; number++)
        {
            commands.Add(ItsCommand.MapEvent(Device, number % 4000, 8192 + (number % 4000), collection: 0));
            commands.Add(ItsCommand.Invalidate(Device, number % 4000));
        }

        commands.RemoveRange(CommandCount - 1, commands.Count - (CommandCount - 1));
        commands.Add(ItsCommand.MapEvent(Device, 4095, 20_000, collection: 1));
        return commands;
    }

    private static async Task AssertEveryCommandRanAsync(Guest guest)
    {
        Assert.Equal(20_000u, (await guest.SignalAsync(Device, 4095)).Result.IntId);
        var events = (await guest.DumpAsync()).Count(entry =>
            entry.KindCase == TableEntry.KindOneofCase.Event && entry.Event.DeviceId == Device);
        Assert.Equal(4001, events);
    }
}
