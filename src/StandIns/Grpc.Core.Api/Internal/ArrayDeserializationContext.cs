using System.Buffers;

namespace Grpc.Core.Internal;

/// <summary>Reads a message from an array, for <see cref="Marshaller{T}.Deserializer"/>.</summary>
internal sealed class ArrayDeserializationContext : DeserializationContext
{
    private readonly byte[] _payload;

    public ArrayDeserializationContext(byte[] payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        _payload = payload;
    }

    public override int PayloadLength => _payload.Length;

    public override byte[] PayloadAsNewBuffer() => [.. _payload];

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => new(_payload);
}
