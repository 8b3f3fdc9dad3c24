using System.Buffers;

namespace Grpc.Core.Internal;

/// <summary>Collects a serialized message into an array, for <see cref="Marshaller{T}.Serializer"/>.</summary>
internal sealed class ArraySerializationContext : SerializationContext
{
    private ArrayBufferWriter<byte>? _writer;
    private byte[]? _payload;

    public byte[] Payload =>
        _payload ?? throw new InvalidOperationException("The serializer did not complete the message.");

    public override void Complete(byte[] payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        ThrowIfComplete();
        _payload = payload;
    }

    public override IBufferWriter<byte> GetBufferWriter()
    {
        ThrowIfComplete();
        return _writer ??= new ArrayBufferWriter<byte>();
    }

    public override void SetPayloadLength(int payloadLength)
    {
        ThrowIfComplete();
        ArgumentOutOfRangeException.ThrowIfNegative(payloadLength);
        if (payloadLength > 0)
        {
            _writer ??= new ArrayBufferWriter<byte>(payloadLength);
        }
    }

    public override void Complete()
    {
        ThrowIfComplete();
        _payload = _writer?.WrittenSpan.ToArray() ?? [];
    }

    private void ThrowIfComplete()
    {
        if (_payload is not null)
        {
            throw new InvalidOperationException("The message is complete already.");
        }
    }
}
