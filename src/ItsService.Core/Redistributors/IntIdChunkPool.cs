namespace ItsService.Core.Redistributors;

/// <summary>
/// The empty chunks that the sets of one VM hand back and take again, so that LPIs that come and go allocate nothing.
/// It holds no more than were in use at a time lately: "lately" is a number of chunks handed back, since the model has
/// no clock.
/// </summary>
internal sealed class IntIdChunkPool
{
    /// <summary>After so many chunks handed back, what the last stretch did not need is given up.</summary>
    private const int StretchLength = 4096;

    /// <summary>A few are kept in any case: less than what the sets of one vCPU may need.</summary>
    private const int AlwaysKept = 8;

    /// <summary>Leaves are few; more than these are not kept.</summary>
    private const int LeavesKeptMax = 64;

    private IntIdLeaf? _freeLeaf;
    private IntIdChunk? _free;
    private int _inUse;
    private int _peak;
    private int _returnsLeft = StretchLength;

    /// <summary>How many empty chunks are held.</summary>
    public int FreeCount { get; private set; }

    /// <summary>How many empty leaves are held.</summary>
    public int FreeLeafCount { get; private set; }

    public IntIdChunk Rent()
    {
        _inUse++;
        _peak = Math.Max(_peak, _inUse);
        if (_free is not { } chunk)
        {
            return new IntIdChunk();
        }

        _free = chunk.NextFree;
        chunk.NextFree = null;
        FreeCount--;
        return chunk;
    }

    /// <summary>Takes back a chunk without members.</summary>
    public void Return(IntIdChunk chunk)
    {
        _inUse--;
        chunk.NextFree = _free;
        _free = chunk;
        FreeCount++;
        if (--_returnsLeft == 0)
        {
            Trim();
        }
    }

    public IntIdLeaf RentLeaf()
    {
        if (_freeLeaf is not { } leaf)
        {
            return new IntIdLeaf();
        }

        _freeLeaf = leaf.NextFree;
        leaf.NextFree = null;
        FreeLeafCount--;
        return leaf;
    }

    /// <summary>Takes back a leaf without chunks.</summary>
    public void Return(IntIdLeaf leaf)
    {
        if (FreeLeafCount < LeavesKeptMax)
        {
            leaf.NextFree = _freeLeaf;
            _freeLeaf = leaf;
            FreeLeafCount++;
        }
    }

    /// <summary>Gives up the empty chunks and leaves.</summary>
    public void Clear()
    {
        _freeLeaf = null;
        FreeLeafCount = 0;
        _free = null;
        FreeCount = 0;
        _peak = _inUse;
    }

    private void Trim()
    {
        var needed = Math.Max(_peak - _inUse, AlwaysKept);
        for (; FreeCount > needed; FreeCount--)
        {
            _free = _free!.NextFree;
        }

        _peak = _inUse;
        _returnsLeft = StretchLength;
    }
}
