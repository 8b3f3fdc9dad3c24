namespace ItsService.Client;

/// <summary>
/// The guest memory of a VMM whose VM has remote regions: the interrupt controller asks for tables, commands and
/// configurations there. It is called by one thread at a time, and in order; it should be quick, must not wait for the
/// interrupt controller, which may wait for it, and must not throw.
/// </summary>
public interface IGuestMemoryProvider
{
    /// <summary>Copies guest bytes; false where there is no such memory, wholly or in part.</summary>
    /// <param name="address">Guest physical address of the first byte.</param>
    /// <param name="destination">Takes the bytes.</param>
    bool TryRead(Identifiers.GuestAddress address, Span<byte> destination);

    /// <summary>Writes guest bytes; false where there is no such memory, wholly or in part.</summary>
    /// <param name="address">Guest physical address of the first byte.</param>
    /// <param name="source">The bytes.</param>
    bool TryWrite(Identifiers.GuestAddress address, ReadOnlySpan<byte> source);
}
