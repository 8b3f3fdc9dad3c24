namespace ItsService.Server.Memory.Shared;

/// <summary>
/// How many files for shared memory all VMs together may still have open. A process whose file descriptors are all in
/// use takes no connection any more. Any thread may take and give.
/// </summary>
/// <param name="count">How many there are.</param>
internal sealed class SharedFilePlaces(int count)
{
    private int _free = count;

    /// <summary>Takes one; false where none is left.</summary>
    public bool TryTake()
    {
        if (Interlocked.Decrement(ref _free) >= 0)
        {
            return true;
        }

        GiveBack();
        return false;
    }

    /// <summary>Gives one back.</summary>
    public void GiveBack() => Interlocked.Increment(ref _free);
}
