using ItsService.Core.Commands;
using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Allocations;

/// <summary>What messages and commands may leave as garbage: the budgets' upper part.</summary>
public class AllocationTests
{
    private const uint EventCount = 64;
    private const int RoundCount = 1000;
    private const int CommandCount = 100;

    // Of device 1, beyond the other LPIs: MAPI makes it an INTID as well.
    private const uint FarEvent = 60_000;

    private static readonly Dictionary<string, Action<Guest>> Messages = new()
    {
        ["msi.coalesced"] = guest => Signal(guest.Gic, device: 0),
        ["msi.dropped"] = guest => Signal(guest.Gic, device: 9),
        ["msi.cycle"] = guest => Cycle(guest.Gic),
        ["msi.full_drain"] = guest => FillAndDrain(guest.Gic),
    };

    private static readonly Dictionary<string, Func<uint, GuestCommand>> Commands = new()
    {
        ["command.mapti"] = number => GuestCommand.Mapti(0, number % EventCount, Lpi(number % EventCount), 0),
        ["command.mapi"] = number => GuestCommand.Mapi(1, FarEvent + (number % EventCount), 0),
        ["command.discard_mapi"] = number =>
            number % 2 == 0 ? GuestCommand.Discard(1, FarEvent) : GuestCommand.Mapi(1, FarEvent, 0),
        ["command.mapd"] = _ => GuestCommand.Mapd(2, 8, Places.Itt(2)),
        ["command.movi"] = number => GuestCommand.Movi(0, number % EventCount, number % 2),
        ["command.int"] = number => GuestCommand.Int(0, number % EventCount),
        ["command.clear"] = number => GuestCommand.Clear(0, number % EventCount),
        ["command.inv"] = number => GuestCommand.Inv(0, number % EventCount),
        ["command.invall"] = number => GuestCommand.Invall(number % 2),
        ["command.movall"] = number => GuestCommand.Movall(number % 2, 1 - (number % 2)),
        ["command.mapc"] = number => GuestCommand.Mapc(0, number % 4),
        ["command.sync"] = _ => GuestCommand.Sync(0),
    };

    public static TheoryData<string> MessageBudgets => [.. Budgets.Names("msi.")];

    public static TheoryData<string> CommandBudgets => [.. Budgets.Names("command.")];

    [Fact]
    public void Every_operation_has_a_budget() =>
        Assert.Equal(
            Messages.Keys.Concat(Commands.Keys).Concat(InterruptAllocationTests.Names).Append("submit.command").Order(),
            Budgets.All.Keys.Where(name => !name.StartsWith("held.", StringComparison.Ordinal)).Order());

    [Fact]
    public void Every_command_is_an_operation() =>
        Assert.All(
            Enum.GetNames<CommandOpcode>().Except([nameof(CommandOpcode.None)]),
            opcode => Assert.Contains(
                Commands.Keys, name => name.Contains(opcode, StringComparison.OrdinalIgnoreCase)));

    [Theory]
    [MemberData(nameof(MessageBudgets))]
    public void Messages_stay_within_their_budget(string name)
    {
        var guest = MappedGuest();
        guest.Cpu(0).Mask(name == "msi.coalesced" ? (byte)0 : (byte)0xFF);
        Messages[name](guest); // warms up: code, chunks of the pending sets
        var before = GC.GetAllocatedBytesForCurrentThread();
        Messages[name](guest);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated, 0, Budgets.All[name] * RoundCount);
    }

    [Theory]
    [MemberData(nameof(CommandBudgets))]
    public void Commands_stay_within_their_budget(string name)
    {
        var guest = MappedGuest();
        Signal(guest.Gic, device: 0); // so that there is something to move
        GuestCommand[] commands = [.. Enumerable.Range(0, CommandCount).Select(n => Commands[name]((uint)n))];
        guest.Run(commands);
        var written = guest.Queue(0, commands);
        var before = GC.GetAllocatedBytesForCurrentThread();
        guest.Gic.WriteRegister(new FrameLocation(FrameKind.Gits, 0, GitsOffset.Cwriter), 8, written);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(written, guest.Creadr());
        Assert.Empty(guest.TakeErrors());
        Assert.InRange(allocated, 0, Budgets.All[name] * CommandCount);
    }

    [Fact]
    public void Submitted_commands_stay_within_their_budget()
    {
        var guest = MappedGuest();
        GuestCommand[] commands =
        [
            .. Enumerable.Range(0, CommandCount)
                .Select(n => n % 2 == 0 ? GuestCommand.Int(0, 0) : GuestCommand.Int(9, 9)),
        ];
        guest.Fill(Places.Queue(), 0x1_0000, 0xFF); // memory of the guest, not of the controller
        guest.Submit(commands); // warms up: the first error takes memory for its counters
        guest.Run([.. Enumerable.Repeat(GuestCommand.Int(0, 0), CommandHistory.Capacity)]); // and the history its own
        var submission = SubmittedCommands.Of(commands);
        guest.TakeEvents();
        var before = GC.GetAllocatedBytesForCurrentThread();
        guest.Gic.Submit(0, submission);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(submission.IsEnded);
        Assert.InRange(allocated, 0, Budgets.All["submit.command"] * CommandCount);
    }

    /// <summary>Device 0 with LPIs that lie far apart; collection 0 goes to vCPU 0, collection 1 to 1.</summary>
    private static Guest MappedGuest()
    {
        var guest = Guest.Started(new GuestOptions { ReachesRamDirectly = true, InlineCommandsMax = int.MaxValue });
        guest.Map(0, 0, Lpi(0));
        guest.Run(
            GuestCommand.Mapc(1, 1), GuestCommand.Mapd(1, 16, Places.Itt(1)), GuestCommand.Mapi(1, FarEvent, 0));
        for (var number = 1u; number < EventCount; number++)
        {
            guest.Run(GuestCommand.Mapti(0, number, Lpi(number), 0));
        }

        Assert.Empty(guest.TakeErrors());
        return guest;
    }

    private static uint Lpi(uint number) => IntId.FirstLpi + (number * 700);

    private static void Signal(VirtualGic gic, uint device)
    {
        for (var round = 0u; round < RoundCount; round++)
        {
            gic.SignalMsi(0, new DeviceId(device), new EventId(round % EventCount));
        }
    }

    private static void Cycle(VirtualGic gic)
    {
        for (var round = 0u; round < RoundCount; round++)
        {
            gic.SignalMsi(0, new DeviceId(0), new EventId(round * 29 % EventCount));
            Must.Hold(TakeOne(gic), $"there must be an interrupt to take");
        }
    }

    /// <summary>The LPIs reach over 11 chunks of the pending sets, and leave all of them empty each time.</summary>
    private static void FillAndDrain(VirtualGic gic)
    {
        for (var round = 0; round < RoundCount / EventCount; round++)
        {
            for (var number = 0u; number < EventCount; number++)
            {
                gic.SignalMsi(0, new DeviceId(0), new EventId(number));
            }

            for (var number = 0u; number < EventCount; number++)
            {
                Must.Hold(TakeOne(gic), $"there must be an interrupt to take");
            }

            Must.Hold(!TakeOne(gic), $"nothing must be left");
        }
    }

    private static bool TakeOne(VirtualGic gic)
    {
        var vcpu = new VcpuIndex(0);
        var intId = gic.ReadSystemRegister(vcpu, SystemRegister.IccIar1).Value;
        gic.WriteSystemRegister(vcpu, SystemRegister.IccEoir1, intId);
        return intId >= IntId.FirstLpi;
    }
}
