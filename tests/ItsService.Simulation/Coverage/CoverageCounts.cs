using ItsService.Core.CpuInterface;
using ItsService.Core.Submissions;
using ItsService.ReferenceModel;
using ItsService.Simulation.Shapes;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Coverage;

/// <summary>
/// How often what occurred, by the name of the case. The two models agree on it, or the run has ended.
/// </summary>
internal sealed class CoverageCounts
{
    private const ulong Spurious = 1023;
    private const ulong IdlePriority = 0xFF;
    private const ulong FirstLpi = 8192;

    private readonly Dictionary<string, long> _counts = [];
    private readonly Dictionary<(byte Opcode, uint Code), long> _commands = [];
    private readonly long[] _messages = new long[Enum.GetValues<ReferenceMsiOutcome>().Length];
    private readonly long[] _intCommands = new long[Enum.GetValues<ReferenceMsiOutcome>().Length];

    /// <summary>How many runs there were.</summary>
    public long RunCount { get; private set; }

    /// <summary>How many steps there were.</summary>
    public long StepCount { get; private set; }

    /// <summary>How often a case occurred.</summary>
    public long this[string name] => _counts.GetValueOrDefault(name);

    public void Count(SimulationStep step)
    {
        StepCount++;
        Count(CoverageCases.Step(StepText.KindOf(step)));
    }

    public void Count(in ReferenceCommand command)
    {
        var key = (command.Opcode, command.Code);
        _commands[key] = _commands.GetValueOrDefault(key) + 1;
        if (command.Message is { } message)
        {
            _intCommands[(int)message.Outcome]++;
        }

        if (command.Stalled)
        {
            Count(CoverageCases.Stall);
        }
    }

    public void Count(ReferenceMessage message) => _messages[(int)message.Outcome]++;

    /// <summary>A read of an ICC register, with the running priority before it.</summary>
    public void CountSystemRead(int encoding, ulong value, ulong runningPriority)
    {
        if ((SystemRegister)encoding is not (SystemRegister.IccIar0 or SystemRegister.IccIar1))
        {
            return;
        }

        var isGroup1 = (SystemRegister)encoding == SystemRegister.IccIar1;
        if (value == Spurious)
        {
            Count(isGroup1 ? CoverageCases.SpuriousAcknowledge : CoverageCases.SpuriousAcknowledge0);
        }
        else if (runningPriority != IdlePriority)
        {
            Count(isGroup1 ? CoverageCases.NestedAcknowledge : CoverageCases.NestedAcknowledge0);
        }

        if (value >= FirstLpi)
        {
            Count(CoverageCases.Acknowledge);
        }
    }

    /// <summary>The host put commands into a queue, or Core refused to, for one reason or several.</summary>
    public void CountPlacement(SubmissionRefusals refusals)
    {
        foreach (var refusal in Enum.GetValues<SubmissionRefusals>())
        {
            if (refusal != SubmissionRefusals.None && refusals.HasFlag(refusal))
            {
                Count(CoverageCases.PlacementRefusal(refusal));
            }
        }

        if (refusals == SubmissionRefusals.None)
        {
            Count(CoverageCases.Placement);
        }
    }

    /// <summary>A run that begins.</summary>
    public void Count(Shape shape)
    {
        RunCount++;
        Count(CoverageCases.Profile(shape.Profile));
        foreach (var option in shape.Options.Keys)
        {
            Count(CoverageCases.Option(option));
        }
    }

    /// <summary>Any other case, by its name.</summary>
    public void Count(string name, long times = 1) => _counts[name] = _counts.GetValueOrDefault(name) + times;

    /// <summary>Adds what another run has counted.</summary>
    public void Add(CoverageCounts other)
    {
        RunCount += other.RunCount;
        StepCount += other.StepCount;
        foreach (var (name, count) in other.Named())
        {
            Count(name, count);
        }
    }

    private IEnumerable<(string Name, long Count)> Named()
    {
        foreach (var (name, count) in _counts)
        {
            yield return (name, count);
        }

        foreach (var ((opcode, code), count) in _commands)
        {
            yield return (CoverageCases.Command(opcode, code), count);
        }

        foreach (var outcome in Enum.GetValues<ReferenceMsiOutcome>())
        {
            yield return (CoverageCases.Message(outcome), _messages[(int)outcome]);
            yield return (CoverageCases.IntCommand(outcome), _intCommands[(int)outcome]);
        }
    }
}
