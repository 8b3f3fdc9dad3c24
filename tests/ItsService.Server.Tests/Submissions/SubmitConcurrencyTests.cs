using Google.Protobuf.Collections;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;

namespace ItsService.Server.Tests.Submissions;

/// <summary>Several submitters at one queue, alone and with a guest that does what it likes.</summary>
public class SubmitConcurrencyTests
{
    private const int Submitters = 6;
    private const int CallsEach = 12;
    private const int EventsPerCall = 40;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2048)]
    public async Task Every_command_of_every_submitter_is_executed_once_and_in_order(int inlineCommands)
    {
        await using var server = await TestServer.StartAsync(
            options => options.Limits.InlineCommandsMax = inlineCommands);
        var guest = await BootAsync(server.Tcp, queuePages: 4);

        var submitters = Enumerable.Range(0, Submitters).Select(submitter => Task.Run(async () =>
        {
            for (var call = 0; call < CallsEach; call++)
            {
                var results = (await SubmitAsync(guest, Commands(submitter, call))).Results;
                Assert.All(results, result => Assert.Equal(CommandOutcome.Executed, result.Outcome));
                AssertConsecutive(results, queueBytes: 4 * 4096);
            }
        }, Cancellation)).ToArray();
        await Task.WhenAll(submitters).WithinLimit();

        var totals = (await guest.Api.GetDiagnosticsAsync(new GetDiagnosticsRequest { Vm = guest.Name })).CommandTotals;
        Assert.Equal(
            (ulong)(Submitters * CallsEach * EventsPerCall),
            totals.Single(total => total.OpcodeName == "MAPTI" && total.ErrorCode == 0).Count);
        Assert.Equal(Submitters * CallsEach * EventsPerCall, (await MappedAsync(guest)).Count);
    }

    [Fact]
    public async Task Guest_that_writes_its_pointer_at_random_makes_no_result_false()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.InlineCommandsMax = 1);
        var guest = await BootAsync(server.Tcp, queuePages: 4);
        var hostile = guest.Over(server.UnixSocket);
        using var done = new CancellationTokenSource();

        var interference = Task.Run(async () =>
        {
            for (var round = 0UL; !done.IsCancellationRequested; round++)
            {
                await hostile.WriteAsync("GITS_CWRITER", (round * 0x9E37_79B9) % 0x1_0000 & ~0x1FUL);
            }
        }, Cancellation);
        var submitters = Enumerable.Range(0, Submitters).Select(submitter => Task.Run(async () =>
        {
            var executed = new List<(uint Device, uint Event)>();
            for (var call = 0; call < CallsEach; call++)
            {
                var commands = Commands(submitter, call);
                var results = (await SubmitAsync(guest, commands)).Results;
                Assert.Equal(commands.Count, results.Count);
                Assert.All(results, result => Assert.True(IsPossible(result), $"{result}"));
                executed.AddRange(commands.Select(command => (command.Mapti.DeviceId, command.Mapti.EventId))
                    .Where((_, place) => results[place].Outcome == CommandOutcome.Executed));
            }

            return executed;
        }, Cancellation)).ToArray();
        var executed = (await Task.WhenAll(submitters).WithinLimit()).SelectMany(each => each).ToList();
        await done.CancelAsync();
        await interference.WithinLimit();

        // Nothing unmaps here, so that what was executed is there, however often.
        Assert.NotEmpty(executed);
        Assert.Empty(executed.Except(await MappedAsync(guest)));
    }

    private static async Task<Guest> BootAsync(Api api, uint queuePages)
    {
        var guest = await Guest.BootAsync(api, "guest", queuePages: queuePages);
        await guest.RunAsync(
            [
                .. Enumerable.Range(0, Submitters).Select(submitter => ItsCommand.MapDevice(
                    (uint)submitter, 12, GuestMap.TranslationTable(0, (uint)submitter))),
            ]);
        return guest;
    }

    /// <summary>Maps events that no other call maps.</summary>
    private static List<SubmittedCommand> Commands(int submitter, int call) =>
    [
        .. Enumerable.Range(call * EventsPerCall, EventsPerCall).Select(eventId => new SubmittedCommand
        {
            Mapti = new()
            {
                DeviceId = (uint)submitter,
                EventId = (uint)eventId,
                IntId = (uint)(8192 + (submitter * 1000) + eventId),
            },
        }),
    ];

    /// <summary>Submits again and again while the queue is full.</summary>
    private static async Task<SubmitResponse> SubmitAsync(Guest guest, List<SubmittedCommand> commands)
    {
        while (true)
        {
            try
            {
                return await guest.SubmitAsync(commands);
            }
            catch (RpcException error) when (error.StatusCode == StatusCode.ResourceExhausted)
            {
                Assert.Equal(ErrorReason.QueueFull, Refusal.Of(error).Detail.Reason);
            }
        }
    }

    private static void AssertConsecutive(RepeatedField<CommandResult> results, uint queueBytes)
    {
        for (var place = 1; place < results.Count; place++)
        {
            Assert.Equal((results[place - 1].QueueOffset + 32) % queueBytes, results[place].QueueOffset);
        }
    }

    private static bool IsPossible(CommandResult result) => result.Outcome is CommandOutcome.Executed
        or CommandOutcome.NotExecutedWithdrawn or CommandOutcome.NotExecutedOverwritten;

    private static async Task<HashSet<(uint Device, uint Event)>> MappedAsync(Guest guest) =>
    [
        .. (await guest.DumpAsync())
            .Where(entry => entry.KindCase == TableEntry.KindOneofCase.Event)
            .Select(entry => (entry.Event.DeviceId, entry.Event.EventId)),
    ];
}
