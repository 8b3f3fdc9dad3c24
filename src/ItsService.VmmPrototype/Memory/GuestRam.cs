namespace ItsService.VmmPrototype.Memory;

/// <summary>
/// The guest's RAM. Addresses come from guests: what does not lie inside is told, and nothing is touched.
/// </summary>
internal sealed unsafe class GuestRam(MappedBytes bytes) : IDisposable
{
    public ulong SizeBytes => bytes.SizeBytes;

    public byte* Pointer => bytes.Pointer;

    public bool Contains(ulong address, ulong lengthBytes) =>
        address >= MemoryMap.Ram && address - MemoryMap.Ram <= SizeBytes
        && lengthBytes <= SizeBytes - (address - MemoryMap.Ram);

    /// <summary>The bytes themselves; false where they are not all RAM.</summary>
    public bool TrySpan(ulong address, int lengthBytes, out Span<byte> span)
    {
        var isInside = Contains(address, (ulong)lengthBytes);
        span = isInside ? bytes.Span(address - MemoryMap.Ram, lengthBytes) : default;
        return isInside;
    }

    /// <summary>For what this program places itself.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie in RAM.</exception>
    public Span<byte> Span(ulong address, int lengthBytes) =>
        TrySpan(address, lengthBytes, out var span) ? span
            : throw new ArgumentOutOfRangeException(
                nameof(address), $"0x{address:x}+0x{lengthBytes:x} is not in RAM, 0x{MemoryMap.Ram:x}+0x{SizeBytes:x}");

    public void Dispose() => bytes.Dispose();
}
