using ItsService.Client;
using ItsService.Client.Identifiers;

namespace ItsService.Observability.Tests.Load;

/// <summary>The RAM of a guest in its VMM, which answers when it has time.</summary>
internal sealed class GuestRam : IGuestMemoryProvider
{
    private readonly byte[] _bytes = new byte[Guest.RamSizeBytes];

    /// <summary>How long an answer takes.</summary>
    public TimeSpan Delay { get; set; }

    public bool TryRead(GuestAddress address, Span<byte> destination)
    {
        if (Delay > TimeSpan.Zero)
        {
            Thread.Sleep(Delay);
        }

        _bytes.AsSpan((int)(address.Value - Guest.Ram), destination.Length).CopyTo(destination);
        return true;
    }

    public bool TryWrite(GuestAddress address, ReadOnlySpan<byte> source)
    {
        source.CopyTo(_bytes.AsSpan((int)(address.Value - Guest.Ram)));
        return true;
    }
}
