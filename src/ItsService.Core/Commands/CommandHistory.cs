namespace ItsService.Core.Commands;

/// <summary>
/// The last commands of all ITSs that were executed without an error, for whoever asks what has become of a mapping:
/// those in error are events. SYNC, which changes nothing, is left out. A VM that has executed none spends nothing.
/// </summary>
public sealed class CommandHistory
{
    /// <summary>The most that are kept.</summary>
    public const int Capacity = 256;

    private const int FirstLength = 16;

    // A power of two. The command of a sequence number is at its remainder: while the array grows, it does not move.
    private ExecutedCommand[] _kept = [];
    private long _forgottenCount;
    private long _markedCount;

    /// <summary>How many there ever were: the sequence number of the newest, from 1.</summary>
    public long TotalCount { get; private set; }

    /// <summary>How many are kept.</summary>
    public int Count => (int)Math.Min(TotalCount - _forgottenCount, _kept.Length);

    /// <summary>Whether some were executed since the last <see cref="Mark"/>.</summary>
    public bool HasUnmarked => _markedCount != TotalCount;

    /// <summary>By age: 0 is the oldest that is kept.</summary>
    public ref readonly ExecutedCommand this[int index] => ref Kept(TotalCount - Count + index);

    /// <summary>Puts a mark of the host's, such as its time, on all that were executed since the last call.</summary>
    public void Mark(long mark)
    {
        for (var number = Math.Max(_markedCount, TotalCount - _kept.Length); number < TotalCount; number++)
        {
            Kept(number).Mark = mark;
        }

        _markedCount = TotalCount;
    }

    internal void Add(int itsNumber, in CommandPacket command, long eventsBefore)
    {
        if (TotalCount == _kept.Length && TotalCount < Capacity)
        {
            Array.Resize(ref _kept, Math.Max(FirstLength, 2 * _kept.Length));
        }

        ref var kept = ref Kept(TotalCount++);
        kept.Command = command;
        kept.Its = itsNumber;
        kept.EventsBefore = eventsBefore;
        kept.Mark = 0;
    }

    /// <summary>What was executed so far has nothing to do with the state that is now.</summary>
    internal void Forget() => _forgottenCount = TotalCount;

    private ref ExecutedCommand Kept(long number) => ref _kept[(int)number & (_kept.Length - 1)];
}
