using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.Wire;

namespace ItsService.Server.Wire;

/// <summary>
/// An InjectMsisRequest as it came: its bytes in a buffer that messages share. The records are read where they lie.
/// </summary>
internal sealed class ReceivedInjection : IDisposable
{
    private static readonly uint BatchTag =
        WireReader.Tag(V1.InjectMsisRequest.BatchFieldNumber, WireType.LengthDelimited);

    private static readonly uint SequenceTag = WireReader.Tag(V1.MsiBatch.SequenceFieldNumber, WireType.Varint);

    private static readonly uint ItsTag = WireReader.Tag(V1.MsiBatch.ItsFieldNumber, WireType.Varint);

    private static readonly uint RecordsTag =
        WireReader.Tag(V1.MsiBatch.RecordsFieldNumber, WireType.LengthDelimited);

    private byte[]? _buffer;
    private int _start;
    private int _length;

    /// <summary>The start, where it is one.</summary>
    public V1.InjectMsisStart? Start { get; private set; }

    /// <summary>Whether it is a batch.</summary>
    public bool IsBatch { get; private set; }

    /// <summary>The batch's number.</summary>
    public ulong Sequence { get; private set; }

    /// <summary>The ITS's number.</summary>
    public uint Its { get; private set; }

    /// <summary>The packed records.</summary>
    public ReadOnlySpan<byte> Records => _buffer.AsSpan(_start, _length);

    /// <summary>Takes a message.</summary>
    /// <exception cref="InvalidProtocolBufferException">It is no InjectMsisRequest.</exception>
    public static ReceivedInjection From(DeserializationContext context)
    {
        var payload = context.PayloadAsReadOnlySequence();
        var length = checked((int)payload.Length);
        var message = new ReceivedInjection { _buffer = ArrayPool<byte>.Shared.Rent(length) };
        payload.CopyTo(message._buffer);
        if (!message.TryReadBatch(length))
        {
            message.ReadAny(length);
        }

        return message;
    }

    public void Dispose()
    {
        (_start, _length) = (0, 0);
        if (Interlocked.Exchange(ref _buffer, null) is { } rented)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    // What encoders write of a batch; anything else is left to the generated parser.
    private bool TryReadBatch(int length)
    {
        var outer = new WireReader(_buffer.AsSpan(0, length));
        if (!outer.TryReadUInt32(out var tag) || tag != BatchTag || !outer.TryReadBytes(out var batch)
            || !outer.IsAtEnd)
        {
            return false;
        }

        var reader = new WireReader(batch);
        while (!reader.IsAtEnd)
        {
            if (!TryReadField(ref reader, length - batch.Length))
            {
                return false;
            }
        }

        IsBatch = true;
        return true;
    }

    private bool TryReadField(ref WireReader reader, int batchStart)
    {
        if (!reader.TryReadUInt32(out var tag))
        {
            return false;
        }

        if (tag == RecordsTag)
        {
            var isRead = reader.TryReadBytes(out var records);
            (_start, _length) = (batchStart + reader.Position - records.Length, records.Length);
            return isRead;
        }

        if (!reader.TryReadVarint(out var value))
        {
            return false;
        }

        if (tag == SequenceTag)
        {
            Sequence = value;
            return true;
        }

        // Of more bits than it has, the generated parser says what is left.
        Its = (uint)value;
        return tag == ItsTag && value <= uint.MaxValue;
    }

    private void ReadAny(int length)
    {
        (Sequence, Its, _start, _length) = (0, 0, 0, 0);
        var request = V1.InjectMsisRequest.Parser.ParseFrom(_buffer.AsSpan(0, length));
        Start = request.Start;
        if (request.Batch is { } batch)
        {
            IsBatch = true;
            Sequence = batch.Sequence;
            Its = batch.Its;
            batch.Records.Span.CopyTo(_buffer);
            _length = batch.Records.Length;
        }
    }
}
