using ItsService.Core.CpuInterface;
using ItsService.ReferenceModel;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Coverage;

/// <summary>
/// How often what occurred, by the name of the case. The two models agree on it, or the run has ended.
/// </summary>
internal sealed class CoverageCounts
{
    private const ulong Spurious = 1023;

    private readonly Dictionary<string, long> _counts = [];
    private readonly Dictionary<(byte Opcode, uint Code), long> _commands = [];
    private readonly long[] _messages = new long[Enum.GetValues<ReferenceMsiOutcome>().Length];
    private readonly long[] _intCommands = new long[Enum.GetValues<ReferenceMsiOutcome>().Length];

    /// <summary>How many steps there were.</summary>
    public long StepCount { get; private set; }

    /// <summary>How often a case occurred.</summary>
    public long this[string name] => _counts.GetValueOrDefault(name);

    public void Count(SimulationStep step)
    {
        StepCount++;
        Increment(CoverageCases.Step(StepText.KindOf(step)));
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
            Increment(CoverageCases.Stall);
        }
    }

    public void Count(ReferenceMessage message) => _messages[(int)message.Outcome]++;

    public void CountSystemRead(int encoding, ulong value)
    {
        if (encoding == (int)SystemRegister.IccIar1)
        {
            Increment(value == Spurious ? CoverageCases.SpuriousAcknowledge : CoverageCases.Acknowledge);
        }
    }

    /// <summary>Core waited for memory, and came again.</summary>
    public void CountFetch() => Increment(CoverageCases.Fetch);

    /// <summary>A paused controller refused an access.</summary>
    public void CountRefusal() => Increment(CoverageCases.Refusal);

    /// <summary>Commands were left waiting, and something else happened.</summary>
    public void CountInterleaving() => Increment(CoverageCases.Interleaving);

    /// <summary>Adds what another run has counted.</summary>
    public void Add(CoverageCounts other)
    {
        StepCount += other.StepCount;
        foreach (var (name, count) in other.Named())
        {
            _counts[name] = _counts.GetValueOrDefault(name) + count;
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

    private void Increment(string name) => _counts[name] = _counts.GetValueOrDefault(name) + 1;
}
