namespace ItsService.Simulation.Generation;

/// <summary>
/// How a seed plays: with which numbers, and what it does often, rarely or never. A generator that does everything all
/// the time never gets far with any of it, so each seed leaves some of it out.
/// </summary>
internal sealed class Mode
{
    private const int ActionCount = (int)ActionKind.BringUpVcpu + 1;

    // As often as each other one when a seed has no preference.
    private static readonly (ActionKind Action, int Weight, bool MayBeOff)[] Usual =
    [
        (ActionKind.Message, 180, false),
        (ActionKind.Commands, 200, false),
        (ActionKind.HostCommands, 25, true),
        (ActionKind.Take, 120, true),
        (ActionKind.Cpu, 70, true),
        (ActionKind.Line, 80, true),
        (ActionKind.Sgi, 40, true),
        (ActionKind.Interrupt, 60, true),
        (ActionKind.Participation, 6, true),
        (ActionKind.Configuration, 80, true),
        (ActionKind.PendingTable, 15, true),
        (ActionKind.LpiToggle, 12, true),
        (ActionKind.ItsToggle, 12, true),
        (ActionKind.QueueAbuse, 16, true),
        (ActionKind.QueueRepair, 20, false),
        (ActionKind.SloppyAccess, 50, true),
        (ActionKind.HostileAccess, 25, true),
        (ActionKind.DirectLpi, 30, true),
        (ActionKind.TableScribble, 12, true),
        (ActionKind.Fault, 12, true),
        (ActionKind.Heal, 16, false),
        (ActionKind.Evict, 25, true),
        (ActionKind.Run, 40, false),
        (ActionKind.Pause, 6, true),
        (ActionKind.Reset, 2, true),
        (ActionKind.Restore, 12, true),
        (ActionKind.BringUpIts, 6, false),
        (ActionKind.BringUpVcpu, 6, false),
    ];

    /// <summary>The mode of a seed.</summary>
    public Mode(Prng prng)
    {
        Plan = new PlanMaker(prng, new ShapeMaker(prng).Draw()).Draw();
        foreach (var (action, weight, mayBeOff) in Usual)
        {
            Weights[(int)action] = weight * Factor(prng, mayBeOff) / 4;
        }

        for (var index = 0; index < CommandSource.OpcodeCount; index++)
        {
            CommandFactors[index] = Factor(prng, mayBeOff: true);
        }

        OddPercent = prng.Pick(0, 3, 8, 20);
        ReservedBitsPercent = prng.Pick(0, 0, 20, 100);
        StepCount = prng.Between(400, 1600);
    }

    /// <summary>The numbers and addresses.</summary>
    public Plan Plan { get; }

    /// <summary>How often each action, by its number.</summary>
    public int[] Weights { get; } = new int[ActionCount];

    /// <summary>How often each command, as a factor of four.</summary>
    public int[] CommandFactors { get; } = new int[CommandSource.OpcodeCount];

    /// <summary>How often a number is an odd one, of a hundred.</summary>
    public int OddPercent { get; }

    /// <summary>How many commands of a hundred have their reserved bits set at random.</summary>
    public int ReservedBitsPercent { get; }

    /// <summary>How long a run is.</summary>
    public int StepCount { get; }

    /// <summary>In quarters: never, seldom, as usual, often.</summary>
    private static int Factor(Prng prng, bool mayBeOff) => prng.Below(10) switch
    {
        < 2 when mayBeOff => 0,
        < 3 => 1,
        < 8 => 4,
        _ => 16,
    };
}
