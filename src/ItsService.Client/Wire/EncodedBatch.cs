using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Protocol.Wire;

namespace ItsService.Client.Wire;

/// <summary>
/// A BatchRequest that is encoded as it grows, so that one that is sent again and again is encoded once.
/// </summary>
internal sealed class EncodedBatch
{
    private static readonly uint AccessTag =
        WireReader.Tag(BatchRequest.AccessesFieldNumber, WireType.LengthDelimited);

    private readonly ArrayBufferWriter<byte> _message = new();

    public EncodedBatch(string vm)
    {
        new BatchRequest { Vm = vm }.WriteTo(_message);
    }

    public int AccessCount { get; private set; }

    public void Add(Access access)
    {
        var size = access.CalculateSize();
        var target = _message.GetSpan(WireWriter.VarintBytesMax + WireWriter.VarintBytesMax + size);
        var start = WireWriter.WriteVarint(target, AccessTag);
        start += WireWriter.WriteVarint(target[start..], (ulong)size);
        access.WriteTo(target.Slice(start, size));
        _message.Advance(start + size);
        AccessCount++;
    }

    public void WriteTo(SerializationContext context)
    {
        var message = _message.WrittenSpan;
        context.SetPayloadLength(message.Length);
        context.GetBufferWriter().Write(message);
        context.Complete();
    }
}
