using ItsService.Core.Commands;
using ItsService.Core.Diagnostics;
using ItsService.Core.Events;
using ItsService.Core.Translation;

namespace ItsService.Server.Telemetry;

/// <summary>
/// What has happened in VMs, added up. Those that were deleted have left theirs to the service's, so that a sum never
/// goes back.
/// </summary>
internal sealed class FleetTotals
{
    private static readonly int OutcomeCount = Enum.GetValues<MsiOutcome>().Length;
    private static readonly int MistakeKindCount = Enum.GetValues<GicEventKind>().Length;

    private readonly long[] _messages = new long[OutcomeCount];
    private readonly long[] _intCommands = new long[OutcomeCount];
    private readonly long[] _directLpis = new long[OutcomeCount];
    private readonly long[] _mistakes = new long[MistakeKindCount];
    private readonly Dictionary<(CommandOpcode Opcode, CommandError Error), long> _commands = [];

    public long AcknowledgedLpis { get; private set; }

    public long AcknowledgedOthers { get; private set; }

    public long LostLpis { get; private set; }

    public IReadOnlyDictionary<(CommandOpcode Opcode, CommandError Error), long> Commands => _commands;

    public long Messages(MsiOutcome outcome) => _messages[(int)outcome];

    public long IntCommands(MsiOutcome outcome) => _intCommands[(int)outcome];

    public long DirectLpis(MsiOutcome outcome) => _directLpis[(int)outcome];

    public long MistakeCount => _mistakes.Sum();

    public long Mistakes(GicEventKind kind) => _mistakes[(int)kind];

    /// <summary>Adds what has happened in one VM.</summary>
    public void Add(GicCounters counters, EventBuffer mistakes)
    {
        for (var index = 0; index < OutcomeCount; index++)
        {
            _messages[index] += counters.Messages((MsiOutcome)index);
            _intCommands[index] += counters.IntCommands((MsiOutcome)index);
            _directLpis[index] += counters.DirectLpis((MsiOutcome)index);
        }

        for (var index = 0; index < MistakeKindCount; index++)
        {
            _mistakes[index] += mistakes.CountOf((GicEventKind)index);
        }

        foreach (var command in counters.Commands())
        {
            var kind = (Known(command.Opcode), command.Error);
            _commands[kind] = _commands.GetValueOrDefault(kind) + command.Count;
        }

        AcknowledgedLpis += counters.AcknowledgedLpis;
        AcknowledgedOthers += counters.AcknowledgedOthers;
        LostLpis += counters.LostLpis;
    }

    /// <summary>Adds other totals.</summary>
    public void Add(FleetTotals others)
    {
        for (var index = 0; index < OutcomeCount; index++)
        {
            _messages[index] += others._messages[index];
            _intCommands[index] += others._intCommands[index];
            _directLpis[index] += others._directLpis[index];
        }

        for (var index = 0; index < MistakeKindCount; index++)
        {
            _mistakes[index] += others._mistakes[index];
        }

        foreach (var (kind, count) in others._commands)
        {
            _commands[kind] = _commands.GetValueOrDefault(kind) + count;
        }

        AcknowledgedLpis += others.AcknowledgedLpis;
        AcknowledgedOthers += others.AcknowledgedOthers;
        LostLpis += others.LostLpis;
    }

    // A guest may write any: those that are none are one, or it could make up hundreds of series.
    private static CommandOpcode Known(CommandOpcode opcode) => Enum.IsDefined(opcode) ? opcode : CommandOpcode.None;
}
