using ItsService.Core.Commands;

namespace ItsService.Core.Submissions;

/// <summary>
/// Commands that somebody other than the guest puts into the guest's queue, and what becomes of each. The host makes it
/// and gives it to <see cref="VirtualGic.Submit"/> once; the controller writes the results down as its ITS reads the
/// slots, without spending memory. They do not change any more when it has ended.
/// </summary>
public sealed class CommandSubmission
{
    /// <summary>The most commands: all slots of the largest queue but the one that stays free.</summary>
    public const int CountMax = (int)(CommandQueue.SizeBytesMax / CommandPacket.SizeBytes) - 1;

    private readonly byte[] _slots;
    private readonly SubmittedCommandResult[] _results;
    private uint _queueSizeBytes;
    private uint _firstOffset;

    // Those before _next have been read; those from _end on will not be waited for.
    private int _next;
    private int _end;

    /// <param name="slots">The commands, 32 bytes each. Not copied: they must stay as they are.</param>
    public CommandSubmission(byte[] slots)
    {
        ArgumentNullException.ThrowIfNull(slots);
        ArgumentOutOfRangeException.ThrowIfZero(slots.Length, nameof(slots));
        ArgumentOutOfRangeException.ThrowIfNotEqual(slots.Length % CommandPacket.SizeBytes, 0, nameof(slots));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(
            slots.Length, CountMax * CommandPacket.SizeBytes, nameof(slots));
        _slots = slots;
        _results = new SubmittedCommandResult[slots.Length / CommandPacket.SizeBytes];
    }

    /// <summary>How many commands.</summary>
    public int Count => _results.Length;

    /// <summary>The commands, as they are written into the queue.</summary>
    public ReadOnlySpan<byte> Slots => _slots;

    /// <summary>Whether it has been put into a queue.</summary>
    public bool IsPlaced => _queueSizeBytes != 0;

    /// <summary>Whether every command has its result.</summary>
    public bool IsEnded => IsPlaced && _next == _end;

    /// <summary>What became of each command so far.</summary>
    public ReadOnlySpan<SubmittedCommandResult> Results => _results;

    /// <summary>The one that was put into the same queue after this one.</summary>
    internal CommandSubmission? Following { get; set; }

    /// <summary>The one that was put into the same queue before this one.</summary>
    internal CommandSubmission? Preceding { get; set; }

    /// <summary>How many commands have no result yet.</summary>
    internal int WaitingCount => _end - _next;

    /// <summary>Where in the queue the first command lies that has no result yet.</summary>
    internal uint NextOffset => QueueOffsetOf(_next);

    /// <summary>Where in the queue a command lies, in bytes, once it has been put there.</summary>
    public uint QueueOffsetOf(int index) =>
        (uint)((_firstOffset + ((ulong)index * CommandPacket.SizeBytes)) % _queueSizeBytes);

    internal void Place(uint firstOffset, uint queueSizeBytes)
    {
        _firstOffset = firstOffset;
        _queueSizeBytes = queueSizeBytes;
        _end = Count;
    }

    /// <summary>
    /// The ITS has read the next slot. Only what was submitted has a result here: a guest that writes something else
    /// into the slot gives a command of its own. One that cannot be read may be either.
    /// </summary>
    internal void Take(ReadOnlySpan<byte> slot, CommandError error, bool isStalled)
    {
        var submitted = _slots.AsSpan(_next * CommandPacket.SizeBytes, CommandPacket.SizeBytes);
        var isThatOne = error == CommandError.UnreadableSlot || slot.SequenceEqual(submitted);
        _results[_next++] = isThatOne ? ResultOf(error, isStalled) : new(SubmittedCommandOutcome.Overwritten);
    }

    /// <summary>Ends all but the next <paramref name="keptCount"/> of those that wait.</summary>
    internal void EndBeyond(int keptCount, SubmittedCommandOutcome why)
    {
        var end = _next + Math.Min(keptCount, WaitingCount);
        _results.AsSpan(end, _end - end).Fill(new SubmittedCommandResult(why));
        _end = end;
    }

    private static SubmittedCommandResult ResultOf(CommandError error, bool isStalled) =>
        error == CommandError.None ? new(SubmittedCommandOutcome.Executed)
        : isStalled ? new(SubmittedCommandOutcome.Stalled, error)
        : new(SubmittedCommandOutcome.Failed, error);
}
