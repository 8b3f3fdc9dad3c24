namespace ItsService.ReferenceModel.Tests;

/// <summary>The RAM of a recorded machine: pages come into being, as zeros, when they are written.</summary>
internal sealed class SparseMemory(ulong start, ulong length) : IReferenceMemory
{
    private readonly Dictionary<ulong, byte[]> _pages = [];

    public bool TryRead(ulong address, Span<byte> into)
    {
        if (!CanWrite(address, (ulong)into.Length))
        {
            return false;
        }

        for (var index = 0; index < into.Length; index++)
        {
            var at = address + (ulong)index;
            into[index] = _pages.TryGetValue(at >> 12, out var page) ? page[at & 0xFFF] : (byte)0;
        }

        return true;
    }

    public bool TryWrite(ulong address, ReadOnlySpan<byte> from)
    {
        if (!CanWrite(address, (ulong)from.Length))
        {
            return false;
        }

        for (var index = 0; index < from.Length; index++)
        {
            var at = address + (ulong)index;
            if (!_pages.TryGetValue(at >> 12, out var page))
            {
                page = new byte[4096];
                _pages.Add(at >> 12, page);
            }

            page[at & 0xFFF] = from[index];
        }

        return true;
    }

    public bool CanWrite(ulong address, ulong bytes) =>
        address >= start && address - start <= length && bytes <= length - (address - start);
}
