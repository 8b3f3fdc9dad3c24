using System.Buffers;

namespace Grpc.Core;

/// <summary>Takes the bytes of one message, either as an array or through a buffer writer.</summary>
public abstract class SerializationContext
{
    /// <summary>Takes the payload whole and ends the serialization. The array must not change afterwards.</summary>
    public virtual void Complete(byte[] payload) => throw new NotImplementedException();

    /// <summary>The writer for a payload that arrives in parts; end with <see cref="Complete()"/>.</summary>
    public virtual IBufferWriter<byte> GetBufferWriter() => throw new NotImplementedException();

    /// <summary>Announces the length before the first write, so that the receiver can size its buffer.</summary>
    public virtual void SetPayloadLength(int payloadLength) => throw new NotImplementedException();

    /// <summary>Ends a serialization that went through the buffer writer.</summary>
    public virtual void Complete() => throw new NotImplementedException();
}
