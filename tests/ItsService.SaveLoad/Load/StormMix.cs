using ItsService.SaveLoad.Guests;

namespace ItsService.SaveLoad.Load;

/// <summary>
/// Which commands an ITS is given. What MAPTI and DISCARD have left of the storm's own device is known here, so that no
/// command is ever in error.
/// </summary>
internal sealed class StormMix
{
    private const int BatchMax = 900;
    private const int SmallBatchMax = 40;

    // As often as a message, or less: what may have been cleared cannot be missed.
    private const int ClearedSeldom = 10;

    private readonly EventPlan _plan;
    private readonly Outstanding _outstanding;
    private readonly Random _random;
    private readonly List<AccountedEvent> _mapped;
    private readonly List<AccountedEvent> _interrupted;
    private readonly List<AccountedEvent> _cleared;
    private readonly List<AccountedEvent> _ownOneAtATime;
    private readonly List<AccountedEvent> _discarded;
    private readonly HashSet<int> _isMapped = [];

    public StormMix(int its, EventPlan plan, Outstanding outstanding, Random random)
    {
        (_plan, _outstanding, _random) = (plan, outstanding, random);
        var events = plan.Events.Where(accounted => accounted.Its == its).ToList();
        _mapped = events.FindAll(accounted => accounted.IsMappedAtBoot);
        _interrupted = events.FindAll(accounted => accounted.Rule == EventRule.Interrupted);
        _cleared = events.FindAll(accounted => accounted.Rule == EventRule.Cleared);
        _discarded = events.FindAll(accounted => accounted.Rule == EventRule.Discarded);
        _ownOneAtATime = events.FindAll(
            accounted => accounted.Rule == EventRule.OneAtATime && accounted.Sender < 0);
    }

    /// <summary>The next batch: mostly a few commands, and at times more than the service runs in one go.</summary>
    public List<GuestCommand> Next()
    {
        var count = _random.Next(3) == 0 ? _random.Next(1, BatchMax) : _random.Next(1, SmallBatchMax);
        List<GuestCommand> batch = [];
        while (batch.Count < count)
        {
            AddOne(batch);
        }

        return batch;
    }

    private void AddOne(List<GuestCommand> batch)
    {
        switch (_random.Next(12))
        {
            case 0:
                batch.Add(GuestCommand.Inv(Any(_mapped)));
                break;
            case 1:
                batch.Add(GuestCommand.Invall((uint)_random.Next(GuestLayout.VcpuCount)));
                break;
            case 2:
                batch.Add(GuestCommand.Sync(_random.Next(GuestLayout.VcpuCount)));
                break;
            case 3 or 4 or 5:
                var moved = Any(_mapped);
                batch.Add(GuestCommand.Movi(moved, Any(moved.Collections)));
                break;
            case 6:
                batch.Add(GuestCommand.Movall((int)Any(_plan.SweptVcpus), (int)Any(_plan.SweptVcpus)));
                break;
            case 7:
                AddInt(batch);
                break;
            case 8 when _cleared.Count > 0 && _random.Next(ClearedSeldom) == 0:
                batch.Add(GuestCommand.Clear(Any(_cleared)));
                break;
            default:
                MapOrDiscard(batch);
                break;
        }
    }

    private void AddInt(List<GuestCommand> batch)
    {
        if (_interrupted.Count > 0 && _random.Next(2) == 0)
        {
            batch.Add(GuestCommand.Int(Any(_interrupted)));
            return;
        }

        var accounted = Any(_ownOneAtATime);
        if (_outstanding.TryTake(accounted))
        {
            // Nothing of it is pending, so that there is nothing to clear.
            batch.Add(GuestCommand.Clear(accounted));
            batch.Add(GuestCommand.Int(accounted));
        }
    }

    private void MapOrDiscard(List<GuestCommand> batch)
    {
        var accounted = Any(_discarded);
        if (_isMapped.Remove(accounted.Index))
        {
            batch.Add(GuestCommand.Discard(accounted));
            return;
        }

        _isMapped.Add(accounted.Index);
        batch.Add(GuestCommand.Mapti(accounted, Any(accounted.Collections)));
        if (!_plan.IsOneOutstanding)
        {
            batch.Add(GuestCommand.Int(accounted));
        }
    }

    private T Any<T>(IReadOnlyList<T> of) => of[_random.Next(of.Count)];
}
