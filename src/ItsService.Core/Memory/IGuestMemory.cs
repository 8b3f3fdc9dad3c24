using ItsService.Core.Identifiers;

namespace ItsService.Core.Memory;

/// <summary>
/// Guest RAM as the interrupt controller reaches it. An access is done wholly or not at all, and never throws: the
/// guest chooses the addresses. The controller calls it from one thread at a time.
/// </summary>
public interface IGuestMemory
{
    /// <summary>Copies guest bytes into <paramref name="destination"/>.</summary>
    MemoryOutcome Read(GuestAddress address, Span<byte> destination);

    /// <summary>Copies <paramref name="source"/> into guest bytes.</summary>
    MemoryOutcome Write(GuestAddress address, ReadOnlySpan<byte> source);

    /// <summary>
    /// Whether the range is guest RAM that may be written, without touching it. Never
    /// <see cref="MemoryStatus.NotResident"/>.
    /// </summary>
    MemoryOutcome ProbeForWriting(GuestRange range);
}
