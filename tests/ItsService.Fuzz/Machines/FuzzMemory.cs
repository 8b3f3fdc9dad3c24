using System.Buffers.Binary;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;

namespace ItsService.Fuzz.Machines;

/// <summary>
/// Guest RAM as it is at <see cref="Places"/>. It begins with the pages of another memory, which it shares until it
/// writes them; it knows what was written since it was asked to; and pages can be away, to be fetched by the host.
/// </summary>
internal sealed class FuzzMemory : IGuestMemory
{
    private const int PageBytes = 4096;

    private readonly Dictionary<ulong, byte[]> _pages;
    private readonly HashSet<ulong> _own = [];
    private readonly HashSet<ulong> _away = [];
    private List<(ulong Address, byte[] Before)>? _journal;

    /// <summary>Zeros everywhere.</summary>
    public FuzzMemory() => _pages = [];

    private FuzzMemory(Dictionary<ulong, byte[]> pages) => _pages = pages;

    /// <summary>How many pages hold something.</summary>
    public int PageCount => _pages.Count;

    /// <summary>A memory with the same bytes. Neither sees what the other writes from now on.</summary>
    public FuzzMemory Copy()
    {
        _own.Clear();
        return new FuzzMemory(new Dictionary<ulong, byte[]>(_pages));
    }

    /// <inheritdoc/>
    public MemoryOutcome Read(GuestAddress address, Span<byte> destination)
    {
        var range = new GuestRange(address, (ulong)destination.Length);
        if (!Places.IsRam(range, forWriting: false))
        {
            return MemoryOutcome.Fault;
        }

        if (FindAway(range) is { } missing)
        {
            return MemoryOutcome.NotResident(missing);
        }

        CopyTo(address.Value, destination);
        return MemoryOutcome.Ok;
    }

    /// <inheritdoc/>
    public MemoryOutcome Write(GuestAddress address, ReadOnlySpan<byte> source)
    {
        var range = new GuestRange(address, (ulong)source.Length);
        if (!Places.IsRam(range, forWriting: true))
        {
            return MemoryOutcome.Fault;
        }

        if (FindAway(range) is { } missing)
        {
            return MemoryOutcome.NotResident(missing);
        }

        Store(address.Value, source);
        return MemoryOutcome.Ok;
    }

    /// <inheritdoc/>
    public MemoryOutcome ProbeForWriting(GuestRange range) =>
        Places.IsRam(range, forWriting: true) ? MemoryOutcome.Ok : MemoryOutcome.Fault;

    /// <summary>Eight bytes as the guest's own vCPU sees them; null outside RAM.</summary>
    public ulong? Peek(ulong address)
    {
        Span<byte> bytes = stackalloc byte[8];
        if (!Places.IsRam(new GuestRange(new GuestAddress(address), 8), forWriting: false))
        {
            return null;
        }

        CopyTo(address, bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>The same for one byte.</summary>
    public byte? PeekByte(ulong address)
    {
        Span<byte> value = stackalloc byte[1];
        if (!Places.IsRam(new GuestRange(new GuestAddress(address), 1), forWriting: false))
        {
            return null;
        }

        CopyTo(address, value);
        return value[0];
    }

    /// <summary>Eight bytes written by the guest, who may write nothing but RAM.</summary>
    public void Poke(ulong address, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Poke(address, bytes);
    }

    /// <summary>Bytes written by the guest, or by who loads its read-only memory.</summary>
    public void Poke(ulong address, ReadOnlySpan<byte> bytes)
    {
        if (Places.IsRam(new GuestRange(new GuestAddress(address), (ulong)bytes.Length), forWriting: false))
        {
            Store(address, bytes);
        }
    }

    /// <summary>The host loses pages until they are fetched.</summary>
    public void Evict(ulong address, int pageCount)
    {
        for (var page = 0; page < pageCount; page++)
        {
            _away.Add((address / PageBytes) + (ulong)page);
        }
    }

    /// <summary>The host fetches what was missing; false where nothing was.</summary>
    public bool Fetch(GuestRange missing)
    {
        var before = _away.Count;
        for (var page = missing.Start.Value / PageBytes;
            page <= (missing.Start.Value + Math.Max(missing.LengthBytes, 1) - 1) / PageBytes;
            page++)
        {
            _away.Remove(page);
        }

        return _away.Count < before;
    }

    /// <summary>The host fetches everything.</summary>
    public void FetchAll() => _away.Clear();

    /// <summary>From now on what is overwritten is kept.</summary>
    public void BeginJournal() => _journal = [];

    /// <summary>The writes since, in their order: where, and what was there before.</summary>
    public IReadOnlyList<(ulong Address, byte[] Before)> EndJournal()
    {
        var journal = _journal ?? [];
        _journal = null;
        return journal;
    }

    private void CopyTo(ulong address, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var offset = (int)(address % PageBytes);
            var count = Math.Min(destination.Length, PageBytes - offset);
            if (_pages.TryGetValue(address / PageBytes, out var page))
            {
                page.AsSpan(offset, count).CopyTo(destination);
            }
            else
            {
                destination[..count].Clear();
            }

            destination = destination[count..];
            address += (ulong)count;
        }
    }

    private void Store(ulong address, ReadOnlySpan<byte> source)
    {
        if (_journal is not null)
        {
            var before = new byte[source.Length];
            CopyTo(address, before);
            _journal.Add((address, before));
        }

        while (!source.IsEmpty)
        {
            var offset = (int)(address % PageBytes);
            var count = Math.Min(source.Length, PageBytes - offset);
            OwnPage(address / PageBytes)?.AsSpan(offset, count).Clear();
            if (source[..count].ContainsAnyExcept((byte)0))
            {
                source[..count].CopyTo((OwnPage(address / PageBytes) ?? NewPage(address / PageBytes)).AsSpan(offset));
            }

            source = source[count..];
            address += (ulong)count;
        }
    }

    private byte[]? OwnPage(ulong number)
    {
        if (!_pages.TryGetValue(number, out var page))
        {
            return null;
        }

        return _own.Add(number) ? _pages[number] = (byte[])page.Clone() : page;
    }

    private byte[] NewPage(ulong number)
    {
        _own.Add(number);
        return _pages[number] = new byte[PageBytes];
    }

    private GuestRange? FindAway(GuestRange range)
    {
        if (_away.Count == 0 || range.LengthBytes == 0)
        {
            return null;
        }

        for (var page = range.Start.Value / PageBytes;
            page <= (range.Start.Value + range.LengthBytes - 1) / PageBytes;
            page++)
        {
            if (_away.Contains(page))
            {
                return new GuestRange(new GuestAddress(page * PageBytes), PageBytes);
            }
        }

        return null;
    }
}
