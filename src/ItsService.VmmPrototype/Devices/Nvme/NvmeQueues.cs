namespace ItsService.VmmPrototype.Devices.Nvme;

/// <summary>A submission queue: the guest moves the tail, the controller the head.</summary>
internal sealed class SubmissionQueue(ushort id, ulong address, uint entryCount, CompletionQueue completions)
{
    public ushort Id => id;

    public CompletionQueue Completions => completions;

    public uint Head { get; private set; }

    public uint Tail { get; private set; }

    public bool IsEmpty => Head == Tail;

    /// <summary>Where the next entry lies.</summary>
    public ulong HeadAddress => address + ((ulong)Head * NvmeCommand.SizeBytes);

    public bool TryMoveTail(uint tail)
    {
        var isInside = tail < entryCount;
        Tail = isInside ? tail : Tail;
        return isInside;
    }

    public void Take() => Head = (Head + 1) % entryCount;
}

/// <summary>A completion queue: the controller moves the tail and turns the phase with each round.</summary>
internal sealed class CompletionQueue(ushort id, ulong address, uint entryCount, int? vector)
{
    public const int EntryBytes = 16;

    private uint _head;
    private uint _tail;
    private bool _phase = true;

    public ushort Id => id;

    /// <summary>Its MSI-X vector; null where the guest wants no interrupts of it.</summary>
    public int? Vector => vector;

    /// <summary>There are completions for which no message has been sent.</summary>
    public bool HasNews { get; set; }

    public bool IsFull => (_tail + 1) % entryCount == _head;

    public ulong TailAddress => address + ((ulong)_tail * EntryBytes);

    public bool Phase => _phase;

    public bool TryMoveHead(uint head)
    {
        var isInside = head < entryCount;
        _head = isInside ? head : _head;
        return isInside;
    }

    public void Put()
    {
        _tail = (_tail + 1) % entryCount;
        _phase ^= _tail == 0;
        HasNews = true;
    }
}
