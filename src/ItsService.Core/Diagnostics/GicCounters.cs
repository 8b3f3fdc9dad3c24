using ItsService.Core.Commands;
using ItsService.Core.Identifiers;
using ItsService.Core.Translation;

namespace ItsService.Core.Diagnostics;

/// <summary>How many commands of an opcode ended so.</summary>
/// <param name="Opcode">The opcode; None for a slot that could not be read.</param>
/// <param name="Error">What was wrong; None for those that were executed.</param>
/// <param name="Count">How many, which is not zero.</param>
public readonly record struct CommandCount(CommandOpcode Opcode, CommandError Error, long Count);

/// <summary>
/// How often what happened, since the controller was made: exact however much happens at once and whatever the host
/// drains, and not touched by a reset. Any thread may read them at any time: each is what it was a moment ago.
/// </summary>
public sealed class GicCounters
{
    private const int OpcodesKnown = (int)CommandOpcode.Discard + 1;
    private const int OpcodesInAll = 256;

    // Errors of one opcode: 0..15 by the architected code's low byte, 16..31 by that of a code of our own.
    private const int ErrorsPerOpcode = 32;
    private const int OwnErrors = 16;
    private const uint ArchitectedErrors = 0x01_0000;
    private const uint FirstOwnError = 0xFF00_0000;

    private const int OutcomeCount = (int)MsiOutcome.DroppedPendingLimit + 1;

    private readonly long[] _messages = new long[OutcomeCount];
    private readonly long[] _executed = new long[OpcodesKnown];

    // Spent with the first INT and the first direct LPI: few guests have them.
    private long[]? _intCommands;
    private long[]? _directLpis;

    // Spent at the first error: most guests never make one.
    private long[]? _failed;
    private long[]? _unknown;

    /// <summary>The messages of devices that ended so.</summary>
    public long Messages(MsiOutcome outcome) => _messages[(int)outcome];

    /// <summary>The INT commands whose message ended so. An outcome may be a command's error as well.</summary>
    public long IntCommands(MsiOutcome outcome) => _intCommands?[(int)outcome] ?? 0;

    /// <summary>The LPIs that GICR_SETLPIR named and that ended so.</summary>
    public long DirectLpis(MsiOutcome outcome) => _directLpis?[(int)outcome] ?? 0;

    /// <summary>
    /// The pending LPIs that were lost because a pending table could not be written, or held more than may be pending.
    /// </summary>
    public long LostLpis { get; private set; }

    /// <summary>The commands that were executed or were in error. A stalled one counts with each attempt.</summary>
    public long CommandCount { get; private set; }

    /// <summary>The LPIs that vCPUs have acknowledged.</summary>
    public long AcknowledgedLpis { get; private set; }

    /// <summary>The SGIs, PPIs and SPIs that vCPUs have acknowledged.</summary>
    public long AcknowledgedOthers { get; private set; }

    /// <summary>
    /// How often an LPI has stopped to be pending without an acknowledge: by a command, or with all others of its
    /// redistributor, which is one time.
    /// </summary>
    public long ClearedLpis { get; private set; }

    /// <summary>The commands by opcode and error, in ascending order. A stalled one counts with each attempt.</summary>
    public IEnumerable<CommandCount> Commands()
    {
        for (var opcode = 0; opcode < OpcodesInAll; opcode++)
        {
            foreach (var count in CommandsOf(opcode))
            {
                yield return count;
            }
        }
    }

    internal void CountMessage(MsiOutcome outcome) => _messages[(int)outcome]++;

    internal void CountIntCommand(MsiOutcome outcome) => (_intCommands ??= new long[OutcomeCount])[(int)outcome]++;

    internal void CountDirectLpi(MsiOutcome outcome) =>
        (_directLpis ??= new long[OutcomeCount])[(int)outcome]++;

    internal void CountLostLpis(int count) => LostLpis += count;

    internal void CountAcknowledged(IntId intId)
    {
        if (intId.IsLpi)
        {
            AcknowledgedLpis++;
        }
        else
        {
            AcknowledgedOthers++;
        }
    }

    internal void CountClearedLpis() => ClearedLpis++;

    internal void CountExecuted(CommandOpcode opcode)
    {
        CommandCount++;
        _executed[(int)opcode]++;
    }

    internal void CountFailed(CommandOpcode opcode, CommandError error)
    {
        CommandCount++;
        if (error == CommandError.UnknownOpcode)
        {
            (_unknown ??= new long[OpcodesInAll])[(int)opcode]++;
        }
        else
        {
            (_failed ??= new long[OpcodesKnown * ErrorsPerOpcode])[Place(opcode, error)]++;
        }
    }

    private static int Place(CommandOpcode opcode, CommandError error) =>
        ((int)opcode * ErrorsPerOpcode) + (int)((uint)error & 0xF)
        + ((uint)error >= FirstOwnError ? OwnErrors : 0);

    // CLEAR's codes carry 05 although its opcode is 04.
    private static CommandError ErrorAt(int opcode, int place) => (CommandError)(place >= OwnErrors
        ? FirstOwnError | (uint)(place - OwnErrors)
        : ArchitectedErrors | ((uint)(opcode == (int)CommandOpcode.Clear ? 5 : opcode) << 8) | (uint)place);

    private IEnumerable<CommandCount> CommandsOf(int opcode)
    {
        if (opcode < OpcodesKnown && _executed[opcode] != 0)
        {
            yield return new CommandCount((CommandOpcode)opcode, CommandError.None, _executed[opcode]);
        }

        for (var place = 0; opcode < OpcodesKnown && _failed is not null && place < ErrorsPerOpcode; place++)
        {
            if (_failed[(opcode * ErrorsPerOpcode) + place] is > 0 and var failed)
            {
                yield return new CommandCount((CommandOpcode)opcode, ErrorAt(opcode, place), failed);
            }
        }

        if (_unknown?[opcode] is > 0 and var unknown)
        {
            yield return new CommandCount((CommandOpcode)opcode, CommandError.UnknownOpcode, unknown);
        }
    }
}
