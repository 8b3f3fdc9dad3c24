using ItsService.SaveLoad.Accounts;
using ItsService.SaveLoad.Guests;

namespace ItsService.SaveLoad.Load;

/// <summary>Which events have an interrupt on its way, for those that may have one alone.</summary>
internal sealed class Outstanding(int eventCount, Pulse pulse)
{
    private readonly int[] _counts = new int[eventCount];

    /// <summary>Takes an event for one interrupt, unless it must wait for the one before.</summary>
    public bool TryTake(AccountedEvent accounted)
    {
        if (accounted.Rule == EventRule.OneAtATime)
        {
            return Interlocked.CompareExchange(ref _counts[accounted.Index], 1, 0) == 0;
        }

        return true;
    }

    /// <summary>It was acknowledged.</summary>
    public void Return(AccountedEvent accounted)
    {
        if (accounted.Rule == EventRule.OneAtATime && Interlocked.Exchange(ref _counts[accounted.Index], 0) == 0)
        {
            throw new AccountException($"{accounted} was acknowledged and had not been sent");
        }

        pulse.Beat();
    }
}
