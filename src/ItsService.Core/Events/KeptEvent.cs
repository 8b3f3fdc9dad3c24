namespace ItsService.Core.Events;

/// <summary>
/// An event as <see cref="EventBuffer"/> keeps it. It stands for a row of equal ones, with nothing else between them:
/// the events numbered <see cref="FirstSequence"/> to <see cref="LastSequence"/>.
/// </summary>
public record struct KeptEvent
{
    /// <summary>What happened.</summary>
    public GicEvent Event { get; internal init; }

    /// <summary>The sequence number of the first.</summary>
    public long FirstSequence { get; internal init; }

    /// <summary>The sequence number of the last.</summary>
    public long LastSequence { get; internal set; }

    /// <summary>The host's mark of the first; 0 until there is one.</summary>
    public long FirstMark { get; internal set; }

    /// <summary>The host's mark of the last; 0 until there is one.</summary>
    public long LastMark { get; internal set; }

    /// <summary>How many events it stands for.</summary>
    public readonly long Count => LastSequence - FirstSequence + 1;

    /// <summary>How many of them have a sequence number greater than <paramref name="sequence"/>.</summary>
    public readonly long CountAfter(long sequence) =>
        Math.Max(0, LastSequence - Math.Max(FirstSequence - 1, sequence));
}
