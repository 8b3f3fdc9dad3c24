namespace ItsService.Simulation.Memory;

/// <summary>The bytes of guest memory as one side sees them: pages come into being when they are written.</summary>
internal sealed class GuestRam
{
    /// <summary>The unit in which memory is spent.</summary>
    public const int PageBytes = 4096;

    private readonly Dictionary<ulong, byte[]> _pages = [];

    // The page that was found last: accesses come in runs.
    private ulong _lastNumber = ulong.MaxValue;
    private byte[]? _last;

    /// <summary>Copies bytes out; the range is in guest memory.</summary>
    public void Read(ulong address, Span<byte> into)
    {
        while (!into.IsEmpty)
        {
            var (offset, count) = Piece(address, into.Length);
            if (Find(address / PageBytes) is { } page)
            {
                page.AsSpan(offset, count).CopyTo(into);
            }
            else
            {
                into[..count].Clear();
            }

            into = into[count..];
            address += (ulong)count;
        }
    }

    /// <summary>Copies bytes in; the range is in guest memory.</summary>
    public void Write(ulong address, ReadOnlySpan<byte> from)
    {
        while (!from.IsEmpty)
        {
            var (offset, count) = Piece(address, from.Length);
            var page = Find(address / PageBytes);
            if (page is null && from[..count].ContainsAnyExcept((byte)0))
            {
                page = Add(address / PageBytes);
            }

            if (page is not null)
            {
                from[..count].CopyTo(page.AsSpan(offset, count));
            }

            from = from[count..];
            address += (ulong)count;
        }
    }

    /// <summary>The first address in a range at which two memories differ, or null.</summary>
    public static ulong? FirstDifference(GuestRam one, GuestRam other, ulong address, ulong length)
    {
        while (length > 0)
        {
            var (offset, count) = Piece(address, (int)Math.Min(length, PageBytes));
            var common = CommonBytes(one.Find(address / PageBytes), other.Find(address / PageBytes), offset, count);
            if (common < count)
            {
                return address + (ulong)common;
            }

            address += (ulong)count;
            length -= (ulong)count;
        }

        return null;
    }

    /// <summary>The first address at all at which two memories differ, or null.</summary>
    public static ulong? FirstDifference(GuestRam one, GuestRam other)
    {
        foreach (var number in one._pages.Keys.Union(other._pages.Keys).Order())
        {
            if (FirstDifference(one, other, number * PageBytes, PageBytes) is { } address)
            {
                return address;
            }
        }

        return null;
    }

    private static (int Offset, int Count) Piece(ulong address, int length)
    {
        var offset = (int)(address % PageBytes);
        return (offset, Math.Min(length, PageBytes - offset));
    }

    private static int CommonBytes(byte[]? one, byte[]? other, int offset, int count)
    {
        if (one is not null && other is not null)
        {
            return one.AsSpan(offset, count).CommonPrefixLength(other.AsSpan(offset, count));
        }

        var zeros = (one ?? other) is { } page ? page.AsSpan(offset, count).IndexOfAnyExcept((byte)0) : -1;
        return zeros < 0 ? count : zeros;
    }

    private byte[]? Find(ulong number)
    {
        if (number != _lastNumber)
        {
            _lastNumber = number;
            _last = _pages.GetValueOrDefault(number);
        }

        return _last;
    }

    private byte[] Add(ulong number)
    {
        var page = new byte[PageBytes];
        _pages.Add(number, page);
        _lastNumber = number;
        return _last = page;
    }
}
