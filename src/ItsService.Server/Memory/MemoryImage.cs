using ItsService.Core.Identifiers;
using ItsService.Core.Memory;

namespace ItsService.Server.Memory;

/// <summary>
/// A copy of the pages of a VM that hold anything but zeros, in ascending order. It counts as hosted memory until it is
/// disposed of.
/// </summary>
internal sealed class MemoryImage : IDisposable
{
    private const int PageBytes = SparseGuestMemory.PageSizeBytes;

    // An array of the whole could have more bytes than an array may.
    private const int PagesPerChunk = 256;

    private readonly HostedMemoryBudget _budget;
    private readonly ulong[] _addresses;
    private readonly List<byte[]> _chunks = [];
    private int _takenCount;

    private MemoryImage(HostedMemoryBudget budget, int pageCountMax)
    {
        _budget = budget;
        _takenCount = pageCountMax;
        _addresses = new ulong[pageCountMax];
    }

    /// <summary>How many pages there are.</summary>
    public int PageCount { get; private set; }

    /// <summary>Copies pages, which have been paid for.</summary>
    /// <param name="memory">Where they are.</param>
    /// <param name="pageNumbers">Which may hold something.</param>
    /// <param name="budget">Where they were taken from.</param>
    public static MemoryImage Copy(IGuestMemory memory, ulong[] pageNumbers, HostedMemoryBudget budget)
    {
        var image = new MemoryImage(budget, pageNumbers.Length);
        try
        {
            Array.Sort(pageNumbers);
            foreach (var number in pageNumbers)
            {
                image.Add(memory, new GuestAddress(number * PageBytes));
            }

            image.GiveBack(pageNumbers.Length - image.PageCount);
            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    /// <summary>A page's address and its bytes.</summary>
    public ReadOnlySpan<byte> Page(int index, out GuestAddress address)
    {
        address = new GuestAddress(_addresses[index]);
        return Slot(index);
    }

    /// <summary>Gives back what it takes; it must not be read any more.</summary>
    public void Dispose()
    {
        GiveBack(_takenCount);
        _chunks.Clear();
    }

    private void Add(IGuestMemory memory, GuestAddress address)
    {
        if (PageCount == _chunks.Count * PagesPerChunk)
        {
            _chunks.Add(GC.AllocateUninitializedArray<byte>(PagesPerChunk * PageBytes));
        }

        var slot = Slot(PageCount);
        if (!memory.Read(address, slot).IsOk)
        {
            throw new InvalidOperationException($"The page at {address} was there and cannot be read.");
        }

        if (slot.ContainsAnyExcept((byte)0))
        {
            _addresses[PageCount++] = address.Value;
        }
    }

    private Span<byte> Slot(int index) =>
        _chunks[index / PagesPerChunk].AsSpan(index % PagesPerChunk * PageBytes, PageBytes);

    private void GiveBack(int pageCount)
    {
        _takenCount -= pageCount;
        _budget.GiveBack(pageCount);
    }
}
