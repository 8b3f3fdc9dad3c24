using ItsService.Core.Identifiers;
using ItsService.Core.Memory;

namespace ItsService.Server.Memory;

/// <summary>
/// The pages of a VM at one instant, those that hold anything but zeros, in ascending order. They are the VM's own
/// until it writes them, and count as hosted memory once more until this is disposed of, as if all were copies by then.
/// </summary>
/// <param name="pages">What the VM has handed out, inside its gate. All else is done outside.</param>
/// <param name="budget">Where pages were taken from for it.</param>
/// <param name="takenCount">How many.</param>
internal sealed class MemoryImage(SharedPage[] pages, HostedMemoryBudget budget, int takenCount) : IDisposable
{
    private SharedPage[] _pages = pages;
    private int _takenCount = takenCount;
    private bool _isInOrder;

    /// <summary>How many pages there are. Who asks first looks through all of them.</summary>
    public int PageCount => InOrder().Length;

    /// <summary>A page's address and its bytes.</summary>
    public ReadOnlySpan<byte> Page(int index, out GuestAddress address)
    {
        ref readonly var page = ref InOrder()[index];
        address = new GuestAddress(page.Number * SparseGuestMemory.PageSizeBytes);
        return page.Bytes;
    }

    /// <summary>Gives back what it takes; it must not be read any more.</summary>
    public void Dispose()
    {
        GiveBackTo(0);
        (_pages, _isInOrder) = ([], true);
    }

    private SharedPage[] InOrder()
    {
        if (!_isInOrder)
        {
            _pages = Array.FindAll(_pages, static page => page.Bytes.ContainsAnyExcept((byte)0));
            Array.Sort(_pages, static (one, other) => one.Number.CompareTo(other.Number));
            _isInOrder = true;
            GiveBackTo(_pages.Length);
        }

        return _pages;
    }

    private void GiveBackTo(int pageCount)
    {
        budget.GiveBack(_takenCount - pageCount);
        _takenCount = pageCount;
    }
}
