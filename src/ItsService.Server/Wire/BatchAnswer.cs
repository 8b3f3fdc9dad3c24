using System.Buffers;
using System.Diagnostics;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Grpc.Core;
using ItsService.Protocol.Wire;

namespace ItsService.Server.Wire;

/// <summary>
/// A BatchResponse that is encoded while the batch runs, in a buffer that answers share.
/// </summary>
internal sealed class BatchAnswer
{
    private const int ShortResultBytesMax = 2 + 1 + WireWriter.VarintBytesMax;

    private static readonly byte ResultTag =
        (byte)WireReader.Tag(V1.BatchResponse.ResultsFieldNumber, WireType.LengthDelimited);

    private static readonly byte ValueTag =
        (byte)WireReader.Tag(V1.AccessResult.ValueFieldNumber, WireType.Varint);

    private static readonly byte DoneTag =
        (byte)WireReader.Tag(V1.AccessResult.DoneFieldNumber, WireType.LengthDelimited);

    private readonly V1.BatchResponse _lines = new();
    private byte[]? _buffer;
    private int _length;

    /// <summary>An answer that will have so many results.</summary>
    public BatchAnswer(int resultCount)
    {
        // Most results are a write's, or a small value.
        _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(resultCount, 1) * 8);
    }

    /// <summary>The lines that changed.</summary>
    public RepeatedField<V1.VcpuLine> ChangedLines => _lines.ChangedLines;

    /// <summary>The result of a read.</summary>
    public void AddValue(ulong value)
    {
        var target = Room(ShortResultBytesMax);
        target[0] = ResultTag;
        target[2] = ValueTag;
        var length = WireWriter.WriteVarint(target[3..], value);
        target[1] = (byte)(1 + length);
        _length += 3 + length;
    }

    /// <summary>The result of a write.</summary>
    public void AddDone()
    {
        var target = Room(ShortResultBytesMax);
        target[0] = ResultTag;
        target[1] = 2;
        target[2] = DoneTag;
        target[3] = 0;
        _length += 4;
    }

    /// <summary>Any result.</summary>
    public void Add(V1.AccessResult result)
    {
        var size = result.CalculateSize();
        var target = Room(1 + WireWriter.VarintBytesMax + size);
        target[0] = ResultTag;
        var start = 1 + WireWriter.WriteVarint(target[1..], (ulong)size);
        result.WriteTo(target.Slice(start, size));
        _length += start + size;
    }

    /// <summary>Writes the message. It can be written once.</summary>
    public void WriteTo(SerializationContext context)
    {
        var buffer = Interlocked.Exchange(ref _buffer, null)
            ?? throw new InvalidOperationException("An answer is sent once.");
        context.SetPayloadLength(_length + _lines.CalculateSize());
        var writer = context.GetBufferWriter();
        writer.Write(buffer.AsSpan(0, _length));
        ArrayPool<byte>.Shared.Return(buffer);
        _lines.WriteTo(writer);
        context.Complete();
    }

    /// <summary>The results as a message of their own, in place of the answer.</summary>
    public V1.AccessResults ToResults()
    {
        var buffer = Interlocked.Exchange(ref _buffer, null)
            ?? throw new InvalidOperationException("An answer is sent once.");
        var results = V1.AccessResults.Parser.ParseFrom(buffer.AsSpan(0, _length));
        ArrayPool<byte>.Shared.Return(buffer);
        return results;
    }

    private Span<byte> Room(int bytes)
    {
        Debug.Assert(_buffer is not null, "Nothing is added to an answer that was sent.");
        if (_buffer.Length - _length < bytes)
        {
            var larger = ArrayPool<byte>.Shared.Rent(checked(Math.Max(_buffer.Length * 2, _length + bytes)));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        return _buffer.AsSpan(_length);
    }
}
