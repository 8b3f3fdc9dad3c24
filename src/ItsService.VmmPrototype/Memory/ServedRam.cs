using ItsService.Client;
using ItsService.Client.Identifiers;

namespace ItsService.VmmPrototype.Memory;

/// <summary>
/// The guest's RAM as the service reads and writes it: on the thread that reads the session's stream, while the guest
/// runs, as a bus master would.
/// </summary>
internal sealed class ServedRam(GuestRam ram) : IGuestMemoryProvider
{
    public bool TryRead(GuestAddress address, Span<byte> destination)
    {
        var isThere = ram.TrySpan(address.Value, destination.Length, out var bytes);
        bytes.CopyTo(destination);
        return isThere;
    }

    public bool TryWrite(GuestAddress address, ReadOnlySpan<byte> source)
    {
        var isThere = ram.TrySpan(address.Value, source.Length, out var bytes);
        if (isThere)
        {
            source.CopyTo(bytes);
        }

        return isThere;
    }
}
