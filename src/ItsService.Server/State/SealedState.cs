using System.Buffers;

namespace ItsService.Server.State;

/// <summary>
/// A saved state in its envelope. A large one has thousands of pages, and to touch new ones costs more than to write
/// into them; so the memory is rented, and goes back when the bytes are sent.
/// </summary>
internal sealed class SealedState(int length) : IDisposable
{
    private byte[]? _rented = ArrayPool<byte>.Shared.Rent(length);

    /// <summary>The bytes, until they go back.</summary>
    public ReadOnlyMemory<byte> Bytes => Buffer;

    /// <summary>The same, for who fills them.</summary>
    public Memory<byte> Buffer =>
        (_rented ?? throw new ObjectDisposedException(nameof(SealedState))).AsMemory(0, length);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, null) is { } rented)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
