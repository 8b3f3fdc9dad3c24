using System.Buffers;
using Grpc.Core;

namespace ItsService.Server.Tests.Batches;

/// <summary>A message as a transport gives it to a service: in one piece or in several.</summary>
internal sealed class ReceivedMessage(ReadOnlySequence<byte> payload) : DeserializationContext
{
    public ReceivedMessage(byte[] payload)
        : this(new ReadOnlySequence<byte>(payload))
    {
    }

    public override int PayloadLength => (int)payload.Length;

    /// <summary>A message that came in pieces, which end before these places.</summary>
    public static ReceivedMessage InPieces(byte[] payload, params IEnumerable<int> ends)
    {
        var first = new Piece(ReadOnlyMemory<byte>.Empty, before: null);
        var (last, start) = (first, 0);
        foreach (var end in ends.Append(payload.Length))
        {
            last = new Piece(payload.AsMemory(start, end - start), last);
            start = end;
        }

        return new ReceivedMessage(new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length));
    }

    public override byte[] PayloadAsNewBuffer() => payload.ToArray();

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => payload;

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> bytes, Piece? before)
        {
            Memory = bytes;
            if (before is not null)
            {
                before.Next = this;
                RunningIndex = before.RunningIndex + before.Memory.Length;
            }
        }
    }
}

/// <summary>Takes the message that a service sends.</summary>
internal sealed class SentMessage : SerializationContext
{
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private int? _announcedLength;
    private bool _isComplete;

    /// <summary>The message, once it is whole.</summary>
    public byte[] Bytes
    {
        get
        {
            Assert.True(_isComplete, "the message was not ended");
            Assert.Equal(_announcedLength, _bytes.WrittenCount);
            return _bytes.WrittenSpan.ToArray();
        }
    }

    public override void SetPayloadLength(int payloadLength) => _announcedLength = payloadLength;

    public override IBufferWriter<byte> GetBufferWriter() => _bytes;

    public override void Complete() => _isComplete = true;
}
