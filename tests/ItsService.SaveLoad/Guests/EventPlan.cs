namespace ItsService.SaveLoad.Guests;

/// <summary>
/// Which events there are. Devices of even numbers are at ITS 0, the others at ITS 1. vCPUs 4 and 5 have only events
/// that are sent one at a time, since MOVALL goes between the two: where an LPI is pending at one vCPU and becomes
/// pending at another, MOVALL makes one of two.
/// </summary>
internal sealed class EventPlan
{
    private const uint EventsPerDevice = 8;
    private const int StormOwned = -1;

    private static readonly uint[] Calm = [0, 1, 2, 3];
    private static readonly uint[] Swept = [4, 5];
    private static readonly uint[] All = [0, 1, 2, 3, 4, 5];

    private readonly List<AccountedEvent> _events = [];

    public EventPlan(int senderCount, bool oneOutstanding)
    {
        SenderCount = senderCount;
        IsOneOutstanding = oneOutstanding;
        for (var sender = 0; sender < senderCount; sender++)
        {
            for (var eventId = 0u; eventId < EventsPerDevice; eventId++)
            {
                Add(sender % GuestLayout.ItsCount, (uint)sender, eventId, RuleOf(eventId), sender);
            }
        }

        for (var its = 0; its < GuestLayout.ItsCount; its++)
        {
            for (var eventId = 0u; eventId < EventsPerDevice; eventId++)
            {
                var rule = eventId % 2 == 0 ? EventRule.OneAtATime : EventRule.Discarded;
                Add(its, (uint)(senderCount + its), eventId, rule, StormOwned);
            }
        }
    }

    public IReadOnlyList<AccountedEvent> Events => _events;

    public int SenderCount { get; }

    /// <summary>Whether no event has ever two messages outstanding.</summary>
    public bool IsOneOutstanding { get; }

    /// <summary>The senders' devices and one of the storm's for each ITS.</summary>
    public int DeviceCount => SenderCount + GuestLayout.ItsCount;

    /// <summary>The vCPUs between which MOVALL goes.</summary>
    public IReadOnlyList<uint> SweptVcpus => IsOneOutstanding ? All : Swept;

    /// <summary>An accounted event by its LPI; null for any other INTID.</summary>
    public AccountedEvent? OfLpi(uint intId) =>
        intId >= GuestLayout.FirstLpi && intId - GuestLayout.FirstLpi < _events.Count
            ? _events[(int)(intId - GuestLayout.FirstLpi)]
            : null;

    private EventRule RuleOf(uint eventId) => eventId switch
    {
        _ when IsOneOutstanding => EventRule.OneAtATime,
        < 4 => EventRule.Plain,
        4 => EventRule.Interrupted,
        5 => EventRule.Cleared,
        _ => EventRule.OneAtATime,
    };

    private void Add(int its, uint device, uint eventId, EventRule rule, int sender)
    {
        var collections = IsOneOutstanding ? All : rule == EventRule.OneAtATime ? Swept : Calm;
        _events.Add(new AccountedEvent(_events.Count, its, device, eventId, rule, sender, collections));
    }
}
