namespace ItsService.Server.Memory;

/// <summary>
/// The memory that all VMs of a service together may still take, in pages. Any thread may take and give.
/// </summary>
/// <param name="pageCount">How many pages there are.</param>
internal sealed class HostedMemoryBudget(long pageCount)
{
    private long _free = pageCount;

    /// <summary>Takes all of them or none.</summary>
    public bool TryTake(int count)
    {
        if (Interlocked.Add(ref _free, -count) >= 0)
        {
            return true;
        }

        GiveBack(count);
        return false;
    }

    /// <summary>Gives pages back.</summary>
    public void GiveBack(int count) => Interlocked.Add(ref _free, count);
}
