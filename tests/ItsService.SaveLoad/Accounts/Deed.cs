namespace ItsService.SaveLoad.Accounts;

/// <summary>What an answer has told of an event.</summary>
internal enum DeedKind
{
    /// <summary>A message made its LPI pending.</summary>
    Pended,

    /// <summary>A message found its LPI pending.</summary>
    Coalesced,

    /// <summary>A vCPU acknowledged its LPI.</summary>
    Acknowledged,
}

/// <summary>What an answer has told of an event.</summary>
/// <param name="Event">The event's number in the account.</param>
/// <param name="Kind">What it told.</param>
internal readonly record struct Deed(int Event, DeedKind Kind);

/// <summary>What the answers have told of one event so far.</summary>
internal readonly record struct EventCounts(long Pended, long Coalesced, long Acknowledged)
{
    public long Sent => Pended + Coalesced;

    public static EventCounts operator +(EventCounts left, EventCounts right) => new(
        left.Pended + right.Pended, left.Coalesced + right.Coalesced, left.Acknowledged + right.Acknowledged);

    public EventCounts With(DeedKind kind) => kind switch
    {
        DeedKind.Pended => this with { Pended = Pended + 1 },
        DeedKind.Coalesced => this with { Coalesced = Coalesced + 1 },
        _ => this with { Acknowledged = Acknowledged + 1 },
    };
}
