using ItsService.SaveLoad.Guests;

namespace ItsService.SaveLoad.Accounts;

/// <summary>The books of all callers of a run.</summary>
internal sealed class Books
{
    private readonly int _eventCount;

    public Books(EventPlan plan, Pulse pulse)
    {
        _eventCount = plan.Events.Count;
        Senders = [.. Enumerable.Range(0, plan.SenderCount)
            .Select(number => new CallerBook($"sender {number}", _eventCount, pulse))];
        Acknowledgers = [.. Enumerable.Range(0, GuestLayout.VcpuCount)
            .Select(vcpu => new CallerBook($"vCPU {vcpu}", _eventCount, pulse))];
        Commands = [.. Enumerable.Range(0, GuestLayout.ItsCount)
            .Select(its => new CommandLog(its, _eventCount, pulse))];
    }

    public IReadOnlyList<CallerBook> Senders { get; }

    public IReadOnlyList<CallerBook> Acknowledgers { get; }

    /// <summary>The commands of each ITS.</summary>
    public IReadOnlyList<CommandLog> Commands { get; }

    public IEnumerable<CallerBook> All => Senders.Concat(Acknowledgers);

    /// <summary>How many messages were pended or coalesced.</summary>
    public long SentCount => Senders.Sum(book => book.SentCount);

    /// <summary>How many commands were given, those of the last batches among them.</summary>
    public long CommandCount => Commands.Sum(log => log.Count);

    /// <summary>A save begins.</summary>
    public void Open()
    {
        foreach (var book in All)
        {
            book.Open();
        }

        foreach (var log in Commands)
        {
            log.Open();
        }
    }

    /// <summary>All that was counted at the opening.</summary>
    public EventCounts[] AtOpening() => Sum(_ => 0);

    /// <summary>All that is counted now.</summary>
    public EventCounts[] Now() => Sum(_ => long.MaxValue);

    /// <summary>What each caller's calls came to, up to the one that it had begun last at some instant.</summary>
    public EventCounts[] Until(IReadOnlyDictionary<CallerBook, long> begun) => Sum(book => begun[book]);

    private EventCounts[] Sum(Func<CallerBook, long> lastCall)
    {
        var totals = new EventCounts[_eventCount];
        foreach (var book in All)
        {
            book.AddUntil(lastCall(book), totals);
        }

        return totals;
    }
}
