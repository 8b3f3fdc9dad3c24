using ItsService.Core.Events;

namespace ItsService.Server.Diagnostics;

/// <summary>A mistake of the guest, and when it came to the host.</summary>
internal readonly record struct RecordedMistake(long Sequence, DateTimeOffset Time, GicEvent Event);

/// <summary>
/// The last mistakes of one VM's guest. The model's buffer is no smaller, so that even after a flood in one entry they
/// are all here, without a gap.
/// </summary>
internal sealed class MistakeRing(int capacity)
{
    // Grows as there are mistakes: most guests make none. A mistake's place is its sequence number, modulo capacity.
    private RecordedMistake[] _kept = [];

    /// <summary>The sequence number of the newest, which is the number of all there ever were.</summary>
    public long LastSequence { get; private set; }

    private long FirstKept => Math.Max(1, LastSequence - capacity + 1);

    /// <summary>Takes what happened in one entry.</summary>
    public void Take(EventBuffer events, DateTimeOffset time)
    {
        if (events.Count == 0)
        {
            return;
        }

        Grow(events.TotalCount);
        var sequence = events.FirstSequence;
        foreach (ref readonly var mistake in events.Events)
        {
            _kept[PlaceOf(sequence)] = new RecordedMistake(sequence, time, mistake);
            sequence++;
        }

        LastSequence = events.TotalCount;
    }

    /// <summary>How many with a greater sequence number are not kept.</summary>
    public long LostAfter(long sequence) => Math.Max(0, FirstKept - 1 - sequence);

    /// <summary>Those kept with a greater sequence number, oldest first, at most so many.</summary>
    public RecordedMistake[] After(long sequence, int countMax)
    {
        var first = Math.Max(FirstKept, sequence + 1);
        var mistakes = new RecordedMistake[Math.Clamp(LastSequence - first + 1, 0, countMax)];
        for (var index = 0; index < mistakes.Length; index++)
        {
            mistakes[index] = _kept[PlaceOf(first + index)];
        }

        return mistakes;
    }

    private int PlaceOf(long sequence) => (int)((sequence - 1) % capacity);

    private void Grow(long count)
    {
        var needed = (int)Math.Min(count, capacity);
        if (needed > _kept.Length)
        {
            Array.Resize(ref _kept, Math.Min(capacity, Math.Max(16, Math.Max(needed, 2 * _kept.Length))));
        }
    }
}
