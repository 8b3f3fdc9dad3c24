using ItsService.ReferenceModel;
using ItsService.Simulation.Comparison;

namespace ItsService.Simulation.Running;

/// <summary>What Core must have counted, by what the reference did. No reset touches it.</summary>
internal sealed class ExpectedCounters(ModelPair pair)
{
    private readonly SortedDictionary<ReferenceMsiOutcome, long> _messages = [];
    private readonly SortedDictionary<ReferenceMsiOutcome, long> _intCommands = [];
    private readonly SortedDictionary<ReferenceMsiOutcome, long> _directLpis = [];
    private readonly SortedDictionary<(byte Opcode, uint Code), long> _commands = [];

    public void Count(ReferenceMessage message) => Increment(_messages, message.Outcome);

    public void Count(ReferenceDirectLpi direct) => Increment(_directLpis, direct.Outcome);

    public void Count(in ReferenceCommand command)
    {
        Increment(_commands, (command.Opcode, command.Code));
        if (command.Message is { } message)
        {
            Increment(_intCommands, message.Outcome);
        }
    }

    /// <summary>Compares all of them.</summary>
    public void Compare()
    {
        foreach (var outcome in Enum.GetValues<ReferenceMsiOutcome>())
        {
            var counter = Outcomes.OfCore(outcome);
            Expect($"messages {outcome}", pair.Core.Counters.Messages(counter), _messages.GetValueOrDefault(outcome));
            Expect(
                $"INT commands {outcome}",
                pair.Core.Counters.IntCommands(counter),
                _intCommands.GetValueOrDefault(outcome));
            Expect(
                $"direct LPIs {outcome}",
                pair.Core.Counters.DirectLpis(counter),
                _directLpis.GetValueOrDefault(outcome));
        }

        Expect("lost LPIs", pair.Core.Counters.LostLpis, pair.Reference.LostLpis);

        var kinds = 0;
        foreach (var (opcode, error, count) in pair.Core.Counters.Commands())
        {
            kinds++;
            Expect(
                $"commands 0x{(byte)opcode:X2} that ended 0x{(uint)error:X}",
                count,
                _commands.GetValueOrDefault(((byte)opcode, (uint)error)));
        }

        Expect("kinds of commands", kinds, _commands.Count);
    }

    private static void Expect(string what, long core, long reference)
    {
        if (core != reference)
        {
            throw DifferenceFoundException.Of(DifferenceKind.Counter, what, core, reference);
        }
    }

    private static void Increment<TKey>(SortedDictionary<TKey, long> counts, TKey key)
        where TKey : notnull => counts[key] = counts.GetValueOrDefault(key) + 1;
}
