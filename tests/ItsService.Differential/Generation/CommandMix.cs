using ItsService.Differential.Steps;

namespace ItsService.Differential.Generation;

/// <summary>
/// Random commands of all kinds, good and bad. Those that the two controllers are known to take differently are not
/// among them: they come one by one, from <see cref="SloppySteps"/> and <see cref="HostileSteps"/>.
/// </summary>
internal sealed class CommandMix(Prng random, SequencePlan plan, NumberPools numbers, GuestBelief belief)
{
    private const int ReservedBitsPercent = 10;

    /// <summary>Virtual commands, INVDB and VSGI, and numbers that are no command.</summary>
    private static readonly int[] OtherOpcodes =
        [0x21, 0x22, 0x23, 0x25, 0x29, 0x2A, 0x2B, 0x2D, 0x2E, 0x00, 0x02, 0x06, 0x07, 0x10, 0x20, 0x80, 0xFF];

    private static readonly (int Weight, int Choice)[] Weights =
    [
        (30, Opcode.Int), (14, Opcode.Mapti), (10, Opcode.Movi), (8, Opcode.Clear), (6, Opcode.Discard),
        (5, Opcode.Inv), (3, Opcode.Invall), (3, Opcode.Sync), (3, Opcode.Movall), (5, Opcode.Mapc), (4, Opcode.Mapd),
        (2, Opcode.Mapi), (2, -1),
    ];

    public CommandSlot Next()
    {
        var command = Plain(random.PickWeighted(Weights));
        if (plan.Manners != Manners.Legal && random.Chance(ReservedBitsPercent))
        {
            command = ReservedBits.Sprinkle(command, random);
        }

        belief.Note(command);
        return command;
    }

    public CommandSlot[] Next(int count)
    {
        var commands = new CommandSlot[count];
        for (var index = 0; index < count; index++)
        {
            commands[index] = Next();
        }

        return commands;
    }

    /// <summary>A MAPD that gives an unused ITT; a SYNC when there is no more memory.</summary>
    public CommandSlot Mapd(uint device, int size)
    {
        var command = belief.NewTranslationTable(size + 1) is { } table
            ? CommandSlot.Mapd(device, size, table, valid: true)
            : CommandSlot.Sync(0);
        belief.Note(command);
        return command;
    }

    public CommandSlot Mapti()
    {
        var device = numbers.Device();
        var command = CommandSlot.Mapti(
            device, numbers.Event(belief.EventIdBitsOf(device)), numbers.Lpi(), numbers.Icid());
        belief.Note(command);
        return command;
    }

    public CommandSlot[] NextMapti(int count)
    {
        var commands = new CommandSlot[count];
        for (var index = 0; index < count; index++)
        {
            commands[index] = Mapti();
        }

        return commands;
    }

    private CommandSlot Plain(int opcode)
    {
        var (device, eventId) = belief.Event(mappedPercent: plan.Manners == Manners.Legal ? 95 : 80);
        return opcode switch
        {
            Opcode.Int => CommandSlot.Int(device, eventId),
            Opcode.Mapti => Mapti(),
            Opcode.Movi => CommandSlot.Movi(device, eventId, numbers.Icid()),
            Opcode.Clear => CommandSlot.Clear(device, eventId),
            Opcode.Discard => CommandSlot.Discard(device, eventId),
            Opcode.Inv => CommandSlot.Inv(device, eventId),
            Opcode.Invall => CommandSlot.Invall(numbers.Icid()),
            Opcode.Sync => CommandSlot.Sync((uint)numbers.RdBase()),
            Opcode.Movall => Movall(),
            Opcode.Mapc => CommandSlot.Mapc(numbers.Icid(), numbers.RdBase(), valid: random.Chance(75)),
            Opcode.Mapd => RandomMapd(),
            Opcode.Mapi => CommandSlot.Mapi(device, random.Chance(50) ? eventId : numbers.GoodLpi(), numbers.Icid()),
            _ => Other(),
        };
    }

    private CommandSlot RandomMapd()
    {
        var device = numbers.Device();
        if (random.Chance(30))
        {
            return CommandSlot.Mapd(device, random.Next(16), 0, valid: false);
        }

        return plan.Manners != Manners.Legal && random.Chance(15)
            ? CommandSlot.Mapd(device, random.Between(16, 31), GuestLayout.TranslationTables, valid: true)
            : Mapd(device, random.PickWeighted([(20, 4), (5, 0), (5, 1), (5, 7), (3, 9), (1, 13), (1, 15)]));
    }

    private CommandSlot Movall()
    {
        var strange = plan.Manners != Manners.Legal && random.Chance(10) ? (ulong)random.Between(1, 0xFF) << 16 : 0;
        return CommandSlot.Movall(numbers.RdBase() | strange, numbers.RdBase());
    }

    private CommandSlot Other()
    {
        if (plan.Manners == Manners.Legal)
        {
            return CommandSlot.Sync(0);
        }

        var opcode = (ulong)random.Pick(OtherOpcodes);
        return new CommandSlot(
            opcode | (random.NextBits() << 8), random.NextBits(), random.NextBits(), random.NextBits());
    }
}
