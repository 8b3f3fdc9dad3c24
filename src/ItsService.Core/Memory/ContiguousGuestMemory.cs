using ItsService.Core.Identifiers;

namespace ItsService.Core.Memory;

/// <summary>
/// Guest RAM as one array of this process: a bound to check and a copy, for a VMM that holds its guest's memory itself.
/// </summary>
public sealed class ContiguousGuestMemory : IGuestMemory
{
    private readonly GuestAddress _start;
    private readonly byte[] _bytes;

    /// <param name="start">Where RAM begins.</param>
    /// <param name="bytes">What it holds; not copied, so that who gives it sees what is written.</param>
    public ContiguousGuestMemory(GuestAddress start, byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        _start = start;
        _bytes = bytes;
    }

    /// <inheritdoc/>
    public MemoryOutcome Read(GuestAddress address, Span<byte> destination)
    {
        if (!IsBacked(address, (ulong)destination.Length))
        {
            return MemoryOutcome.Fault;
        }

        _bytes.AsSpan(OffsetOf(address), destination.Length).CopyTo(destination);
        return MemoryOutcome.Ok;
    }

    /// <inheritdoc/>
    public MemoryOutcome Write(GuestAddress address, ReadOnlySpan<byte> source)
    {
        if (!IsBacked(address, (ulong)source.Length))
        {
            return MemoryOutcome.Fault;
        }

        source.CopyTo(_bytes.AsSpan(OffsetOf(address)));
        return MemoryOutcome.Ok;
    }

    /// <inheritdoc/>
    public MemoryOutcome ProbeForWriting(GuestRange range) =>
        IsBacked(range.Start, range.LengthBytes) ? MemoryOutcome.Ok : MemoryOutcome.Fault;

    // An address below the start becomes a huge offset, which is outside as well.
    private bool IsBacked(GuestAddress address, ulong lengthBytes)
    {
        var offset = unchecked(address.Value - _start.Value);
        var size = (ulong)_bytes.Length;
        return offset < size && lengthBytes <= size - offset;
    }

    private int OffsetOf(GuestAddress address) => (int)(address.Value - _start.Value);
}
