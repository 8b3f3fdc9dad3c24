using ItsService.Core.Identifiers;

namespace ItsService.Server.Memory.Remote;

/// <summary>
/// Remote memory that was brought for one operation. What it has is what the VMM's guest had after the operation came
/// to need it; the operation uses it and it is forgotten, since the guest writes its RAM without telling anybody.
/// Guarded by the gate of the VM.
/// </summary>
internal sealed class FetchedMemory
{
    private const int PageSizeBytes = 4096;
    private const int CommandBytes = 32;

    // The most that one operation may need: the configurations of all LPIs of 24 bits and their pending table thrice.
    private const int PagesMax = (64 << 20) / PageSizeBytes;

    private readonly Dictionary<ulong, byte[]?> _pages = [];
    private readonly List<(GuestRange Range, ReadOnlyMemory<byte> Bytes)> _commands = [];

    /// <summary>To which of a VM's times it belongs: <see cref="RemoteMemory.Time"/>.</summary>
    public long Time { get; set; }

    /// <summary>Whether it has anything but commands.</summary>
    public bool HasPages => _pages.Count > 0;

    /// <summary>Reads bytes; null where they have not all been brought, false where there is no such memory.</summary>
    public bool? TryRead(GuestAddress address, Span<byte> destination)
    {
        foreach (var (range, bytes) in _commands)
        {
            if (range.Contains(new GuestRange(address, (ulong)destination.Length)))
            {
                bytes.Span.Slice((int)(address.Value - range.Start.Value), destination.Length).CopyTo(destination);
                return true;
            }
        }

        while (!destination.IsEmpty)
        {
            var (number, offset) = Math.DivRem(address.Value, (ulong)PageSizeBytes);
            var count = Math.Min(destination.Length, PageSizeBytes - (int)offset);
            if (!_pages.TryGetValue(number, out var page))
            {
                return null;
            }

            if (page is null)
            {
                return false;
            }

            page.AsSpan((int)offset, count).CopyTo(destination);
            destination = destination[count..];
            address += (ulong)count;
        }

        return true;
    }

    /// <summary>Takes in what the operation itself has written.</summary>
    public void Write(GuestAddress address, ReadOnlySpan<byte> source)
    {
        var written = new GuestRange(address, (ulong)source.Length);
        _commands.RemoveAll(commands => commands.Range.Overlaps(written));
        while (!source.IsEmpty)
        {
            var (number, offset) = Math.DivRem(address.Value, (ulong)PageSizeBytes);
            var count = Math.Min(source.Length, PageSizeBytes - (int)offset);
            if (_pages.GetValueOrDefault(number) is { } page)
            {
                source[..count].CopyTo(page.AsSpan((int)offset));
            }

            source = source[count..];
            address += (ulong)count;
        }
    }

    /// <summary>
    /// What to ask for, so that a range can be read: whole pages, those that follow one another together.
    /// </summary>
    /// <param name="range">What is needed.</param>
    /// <param name="askedBytesMax">The most to ask for at a time.</param>
    /// <returns>Null where the operation would need more than one may.</returns>
    public List<GuestRange>? ToAskFor(GuestRange range, int askedBytesMax)
    {
        var asked = new List<GuestRange>();
        var last = (range.Start.Value + (range.LengthBytes - 1)) / PageSizeBytes;
        var added = 0;
        for (var number = range.Start.Value / PageSizeBytes; number <= last; number++)
        {
            if (_pages.ContainsKey(number))
            {
                continue;
            }

            if (_pages.Count + ++added > PagesMax)
            {
                return null;
            }

            var start = new GuestAddress(number * PageSizeBytes);
            if (asked.Count > 0
                && asked[^1] is var before
                && before.Start.Value + before.LengthBytes == start.Value
                && before.LengthBytes + PageSizeBytes <= (ulong)askedBytesMax)
            {
                asked[^1] = before with { LengthBytes = before.LengthBytes + PageSizeBytes };
            }
            else
            {
                asked.Add(new GuestRange(start, PageSizeBytes));
            }
        }

        return asked;
    }

    /// <summary>Takes in what was asked for; without bytes where there is no such memory.</summary>
    public void Add(GuestRange asked, ReadOnlyMemory<byte>? bytes)
    {
        for (var offset = 0UL; offset < asked.LengthBytes; offset += PageSizeBytes)
        {
            _pages[(asked.Start.Value + offset) / PageSizeBytes] =
                bytes?.Slice((int)offset, PageSizeBytes).ToArray();
        }
    }

    /// <summary>Takes in commands of a queue, which stay as they are until they have been executed.</summary>
    public void AddCommands(GuestRange asked, ReadOnlyMemory<byte> bytes) => _commands.Add((asked, bytes.ToArray()));

    /// <summary>Forgets commands up to one that has been executed: the guest may put another in its place.</summary>
    public void ForgetCommandsThrough(GuestAddress slot)
    {
        for (var index = _commands.Count - 1; index >= 0; index--)
        {
            var (range, bytes) = _commands[index];
            if (!range.Contains(slot))
            {
                continue;
            }

            var gone = (int)(slot.Value - range.Start.Value) + CommandBytes;
            _commands.RemoveAt(index);
            if (gone < bytes.Length)
            {
                var left = new GuestRange(range.Start + (ulong)gone, (ulong)(bytes.Length - gone));
                _commands.Insert(index, (left, bytes[gone..]));
            }
        }
    }

    /// <summary>Forgets all but commands: one has been executed, and what it needed may be otherwise by now.</summary>
    public void ForgetPages() => _pages.Clear();

    /// <summary>Forgets all.</summary>
    public void Forget()
    {
        _pages.Clear();
        _commands.Clear();
    }
}
