namespace ItsService.Core.Events;

/// <summary>
/// The events since the host last drained them. Bounded, since a guest causes them: when it is full the newest are
/// counted and not kept.
/// </summary>
public sealed class EventBuffer
{
    /// <summary>The most events kept.</summary>
    public const int Capacity = 128;

    // Spent at the first event: most guests never make a mistake.
    private GicEvent[]? _events;

    /// <summary>How many are kept.</summary>
    public int Count { get; private set; }

    /// <summary>How many were not kept since the last <see cref="Clear"/>.</summary>
    public long LostCount { get; private set; }

    /// <summary>The events kept, oldest first.</summary>
    public ReadOnlySpan<GicEvent> Events => _events.AsSpan(0, Count);

    /// <summary>Forgets them.</summary>
    public void Clear()
    {
        Count = 0;
        LostCount = 0;
    }

    internal void Append(in GicEvent gicEvent)
    {
        if (Count == Capacity)
        {
            LostCount++;
            return;
        }

        (_events ??= new GicEvent[Capacity])[Count++] = gicEvent;
    }
}
