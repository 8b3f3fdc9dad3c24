using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Submissions;

/// <summary>Commands in error: each result is that command's own.</summary>
public class SubmitErrorTests
{
    private const uint Device = 2;

    private static readonly byte[] Opcodes =
        [0x01, 0x03, 0x04, 0x05, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F];

    [Fact]
    public async Task Failed_command_has_code_name_and_sentence()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        await guest.MapDeviceAsync(Device, 1, 8192);
        var offset = (uint)await guest.ReadAsync("GITS_CWRITER");

        var response = await guest.SubmitAsync(
            new SubmittedCommand { Int = new() { DeviceId = Device, EventId = 9 } },
            new SubmittedCommand { Mapc = new() { CollectionId = 1, RdBase = 70_000 } },
            ItsCommand.Sync(0).Raw);

        Assert.Equal(
            [
                new CommandResult
                {
                    Outcome = CommandOutcome.Failed,
                    QueueOffset = offset,
                    ErrorCode = 0x010307,
                    ErrorName = "INT_UNMAPPED_INTERRUPT",
                    Message = "INT names event 9 of device 0x2, which no MAPTI has mapped",
                },
                new CommandResult
                {
                    Outcome = CommandOutcome.Failed,
                    QueueOffset = offset + 32,
                    ErrorCode = 0x010902,
                    ErrorName = "MAPC_PROCNUM_OOR",
                    Message = "MAPC names RDbase 0x11170, which is no redistributor's",
                },
                new CommandResult { Outcome = CommandOutcome.Executed, QueueOffset = offset + 64 },
            ],
            response.Results);

        // To the guest's keeper they are mistakes like all others.
        var diagnostics = await guest.Api.GetDiagnosticsAsync(new GetDiagnosticsRequest { Vm = guest.Name });
        Assert.Equal(
            response.Results.SkipLast(1).Select(result => result.Message),
            diagnostics.Mistakes.Select(mistake => mistake.Message));
    }

    [Fact]
    public async Task Every_opcode_that_is_none_fails_and_nothing_breaks()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");

        var response = await guest.SubmitAsync(
            Enumerable.Range(0, 256).Select(opcode => new ItsCommand((uint)opcode | (0xFEUL << 32), 7, 0x77).Raw));

        for (var opcode = 0; opcode < 256; opcode++)
        {
            var isUnknown = response.Results[opcode].ErrorName == "UNKNOWN_OPCODE";
            Assert.Equal(!Opcodes.Contains((byte)opcode), isUnknown);
            Assert.Equal(isUnknown, response.Results[opcode].ErrorCode == 0xFF000001);
        }

        Assert.Equal(CommandOutcome.Executed, (await guest.SubmitAsync(ItsCommand.Sync(0).Raw)).Results[0].Outcome);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2048)]
    public async Task Results_are_exact_for_thousands_of_commands_in_error(int inlineCommands)
    {
        const int Count = 20_000;
        await using var server = await TestServer.StartAsync(options =>
        {
            options.Limits.InlineCommandsMax = inlineCommands;
            options.Limits.GuestMistakesKeptMax = 8;
        });
        var guest = await Guest.BootAsync(server.Tcp, "guest", queuePages: 256);
        await guest.MapDeviceAsync(Device, 16, 8192);
        var offset = (uint)await guest.ReadAsync("GITS_CWRITER");

        var response = await guest.SubmitAsync(Enumerable.Range(0, Count).Select(Command));

        Assert.Equal(Count, response.Results.Count);
        for (var number = 0; number < Count; number++)
        {
            var result = response.Results[number];
            Assert.Equal(offset + ((uint)number * 32), result.QueueOffset);
            Assert.Equal(Expected(number), (result.Outcome, result.ErrorCode));
            Assert.Equal(result.Outcome == CommandOutcome.Executed, result.Message.Length == 0);
        }

        Assert.Contains("device 0x4E1F", response.Results[Count - 1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_stays_small_enough_to_be_sent()
    {
        const int MessageBytes = 1 << 20;
        await using var server = await TestServer.StartAsync(options =>
        {
            options.Limits.MessageBytesMax = MessageBytes;
            options.Limits.MemoryAccessBytesMax = 1 << 16;
        });
        var guest = await Guest.BootAsync(server.Tcp, "guest", queuePages: 256);

        var response = await guest.SubmitAsync(
            Enumerable.Range(0, 10_000).Select(number => ItsCommand.Discard((uint)number, uint.MaxValue).Raw));

        Assert.InRange(response.CalculateSize(), MessageBytes / 2, MessageBytes);
        Assert.All(response.Results, result => Assert.Equal("DISCARD_UNMAPPED_DEVICE", result.ErrorName));
        var told = response.Results.TakeWhile(result => result.Message.Length > 0).Count();
        Assert.InRange(told, 1, response.Results.Count - 1);
        Assert.All(response.Results.Skip(told), result => Assert.Equal("", result.Message));
    }

    [Fact]
    public async Task Stall_tells_the_command_and_those_behind_it()
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        spec.CommandErrorPolicy = CommandErrorPolicy.Stall;
        var guest = await Guest.CreateAsync(server.Tcp, "guest", spec);
        await guest.SetUpItsAsync();

        var response = await guest.SubmitAsync(
            ItsCommand.MapCollection(0, 0).Raw, ItsCommand.Interrupt(7, 0).Raw, ItsCommand.MapCollection(1, 1).Raw);

        Assert.Equal(
            [
                new CommandResult { Outcome = CommandOutcome.Executed },
                new CommandResult
                {
                    Outcome = CommandOutcome.Stalled,
                    QueueOffset = 32,
                    ErrorCode = 0x010304,
                    ErrorName = "INT_UNMAPPED_DEVICE",
                    Message = "the queue stalled: INT names device 0x7, which no MAPD has mapped",
                },
                new CommandResult
                {
                    Outcome = CommandOutcome.NotExecutedBehindStall,
                    QueueOffset = 64,
                    Message = "the queue stalled on a command before it",
                },
            ],
            response.Results);
        Assert.Equal(0x21UL, await guest.ReadAsync("GITS_CREADR"));
    }

    // A mix of four: executed, an unmapped device of the command's own number, an unmapped event, no command.
    private static SubmittedCommand Command(int number) => (number % 4) switch
    {
        0 => ItsCommand.Sync(0).Raw,
        1 => new SubmittedCommand { Int = new() { DeviceId = Device, EventId = 100 } },
        2 => new ItsCommand(0x30, 0, 0).Raw,
        _ => new SubmittedCommand { Inv = new() { DeviceId = (uint)number, EventId = 0 } },
    };

    private static (CommandOutcome Outcome, uint ErrorCode) Expected(int number) => (number % 4) switch
    {
        0 => (CommandOutcome.Executed, 0),
        1 => (CommandOutcome.Failed, 0x010307),
        2 => (CommandOutcome.Failed, 0xFF000001),
        _ => (CommandOutcome.Failed, 0x010C04),
    };
}
