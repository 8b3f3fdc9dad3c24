using ItsService.Core.Memory;

namespace ItsService.Server.Memory;

/// <summary>
/// The memory that all VMs of a service together may still take, in pages. Any thread may take and give.
/// </summary>
/// <param name="pageCount">How many pages there are.</param>
internal sealed class HostedMemoryBudget(long pageCount)
{
    // A controller that finds no page loses what it had to write there; a copy is only refused.
    private readonly long _leftByCopies = pageCount / 16;

    private readonly long _all = pageCount;
    private long _free = pageCount;

    /// <summary>The bytes that are taken.</summary>
    public long UsedBytes => (_all - Interlocked.Read(ref _free)) * SparseGuestMemory.PageSizeBytes;

    /// <summary>Takes all of them or none.</summary>
    public bool TryTake(int count) => TryTake(count, left: 0);

    /// <summary>The same for a copy, which leaves some for VMs that go on.</summary>
    public bool TryTakeForCopy(int count) => TryTake(count, _leftByCopies);

    /// <summary>Gives pages back.</summary>
    public void GiveBack(int count) => Interlocked.Add(ref _free, count);

    // Who is refused has taken nothing at any time: another one must not be refused for it.
    private bool TryTake(int count, long left)
    {
        var free = Interlocked.Read(ref _free);
        while (free - count >= left)
        {
            var before = Interlocked.CompareExchange(ref _free, free - count, free);
            if (before == free)
            {
                return true;
            }

            free = before;
        }

        return false;
    }
}
