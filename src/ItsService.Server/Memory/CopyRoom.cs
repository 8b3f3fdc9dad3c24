namespace ItsService.Server.Memory;

/// <summary>
/// Room for a copy of a VM's memory, taken before anything is changed for it: who is refused for want of it finds the
/// VM as it was.
/// </summary>
internal sealed class CopyRoom : IDisposable
{
    private readonly HostedMemoryBudget _budget;
    private int _pageCount;

    private CopyRoom(HostedMemoryBudget budget, int pageCount)
    {
        (_budget, _pageCount) = (budget, pageCount);
    }

    /// <summary>Takes it; null where there is not so much.</summary>
    public static CopyRoom? TryTake(HostedMemoryBudget budget, int pageCount) =>
        budget.TryTakeForCopy(pageCount) ? new CopyRoom(budget, pageCount) : null;

    /// <summary>
    /// Hands over so many pages, to whom they belong from now on. What the VM has written since may be more: it comes
    /// out of what copies leave. False where that is used up as well.
    /// </summary>
    public bool TryHandOver(int pageCount)
    {
        if (pageCount > _pageCount && !_budget.TryTake(pageCount - _pageCount))
        {
            return false;
        }

        _pageCount = Math.Max(0, _pageCount - pageCount);
        return true;
    }

    /// <summary>Gives back what was not handed over.</summary>
    public void Dispose()
    {
        _budget.GiveBack(_pageCount);
        _pageCount = 0;
    }
}
