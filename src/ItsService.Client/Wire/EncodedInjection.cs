using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Grpc.Core;
using ItsService.Client.Injection;
using ItsService.Protocol.V1;
using ItsService.Protocol.Wire;

namespace ItsService.Client.Wire;

/// <summary>
/// An InjectMsisRequest that is encoded from where its messages lie, which must not change before it is written.
/// </summary>
internal readonly struct EncodedInjection
{
    private const int HeaderBytesMax = 4 * (1 + WireWriter.VarintBytesMax);

    private static readonly byte BatchTag =
        (byte)WireReader.Tag(InjectMsisRequest.BatchFieldNumber, WireType.LengthDelimited);

    private static readonly byte SequenceTag = (byte)WireReader.Tag(MsiBatch.SequenceFieldNumber, WireType.Varint);

    private static readonly byte ItsTag = (byte)WireReader.Tag(MsiBatch.ItsFieldNumber, WireType.Varint);

    private static readonly byte RecordsTag =
        (byte)WireReader.Tag(MsiBatch.RecordsFieldNumber, WireType.LengthDelimited);

    private readonly InjectMsisStart? _start;
    private readonly ulong _sequence;
    private readonly uint _its;
    private readonly ReadOnlyMemory<MsiRecord> _records;

    public EncodedInjection(InjectMsisStart start)
    {
        _start = start;
    }

    public EncodedInjection(ulong sequence, uint its, ReadOnlyMemory<MsiRecord> records)
    {
        (_sequence, _its, _records) = (sequence, its, records);
    }

    /// <summary>Interrupts.InjectMsis. On the wire it is the same.</summary>
    public static Method<Holder, InjectMsisResponse> Method { get; } = new(
        MethodType.DuplexStreaming,
        Interrupts.Descriptor.FullName,
        Interrupts.Descriptor.FindMethodByName("InjectMsis").Name,
        Marshallers.Create<Holder>(
            (holder, context) =>
            {
                holder.Message.WriteTo(context);
                MoreToCome.Announce(holder.MoreFollows);
            },
            _ => throw new NotSupportedException("A client receives no requests.")),
        Marshallers.Create(
            (InjectMsisResponse _, SerializationContext _) =>
                throw new NotSupportedException("A client sends no answers."),
            context => InjectMsisResponse.Parser.ParseFrom(context.PayloadAsReadOnlySequence())));

    private void WriteTo(SerializationContext context)
    {
        if (_start is { } start)
        {
            var request = new InjectMsisRequest { Start = start };
            context.SetPayloadLength(request.CalculateSize());
            request.WriteTo(context.GetBufferWriter());
            context.Complete();
            return;
        }

        var records = MemoryMarshal.AsBytes(_records.Span);
        Span<byte> inner = stackalloc byte[HeaderBytesMax];
        var innerLength = WriteInner(inner, records.Length);
        Span<byte> outer = stackalloc byte[1 + WireWriter.VarintBytesMax];
        outer[0] = BatchTag;
        var outerLength = 1 + WireWriter.WriteVarint(outer[1..], (ulong)(innerLength + records.Length));
        context.SetPayloadLength(outerLength + innerLength + records.Length);
        var writer = context.GetBufferWriter();
        writer.Write(outer[..outerLength]);
        writer.Write(inner[..innerLength]);
        WriteRecords(writer, records);
        context.Complete();
    }

    private int WriteInner(Span<byte> target, int recordBytes)
    {
        target[0] = SequenceTag;
        var length = 1 + WireWriter.WriteVarint(target[1..], _sequence);
        target[length++] = ItsTag;
        length += WireWriter.WriteVarint(target[length..], _its);
        target[length++] = RecordsTag;
        return length + WireWriter.WriteVarint(target[length..], (ulong)recordBytes);
    }

    // The lowest byte of each number comes first.
    private static void WriteRecords(IBufferWriter<byte> writer, ReadOnlySpan<byte> records)
    {
        if (BitConverter.IsLittleEndian)
        {
            writer.Write(records);
            return;
        }

        foreach (var number in MemoryMarshal.Cast<byte, uint>(records))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(writer.GetSpan(sizeof(uint)), number);
            writer.Advance(sizeof(uint));
        }
    }

    /// <summary>What the gRPC library is given: it takes objects alone. One serves a whole stream.</summary>
    public sealed class Holder
    {
        /// <summary>What is written next.</summary>
        public EncodedInjection Message { get; set; }

        /// <summary>Whether another is written right behind it, and the two may go out together.</summary>
        public bool MoreFollows { get; set; }
    }
}
