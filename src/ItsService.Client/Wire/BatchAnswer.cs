using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Protocol.Wire;

namespace ItsService.Client.Wire;

/// <summary>
/// A BatchResponse. Most results are a value or that a write was made: only the others are objects.
/// </summary>
internal sealed class BatchAnswer
{
    private static readonly AccessResult Done = new() { Done = new WriteDone() };

    private static readonly uint ResultTag =
        WireReader.Tag(BatchResponse.ResultsFieldNumber, WireType.LengthDelimited);

    private static readonly uint LineTag =
        WireReader.Tag(BatchResponse.ChangedLinesFieldNumber, WireType.LengthDelimited);

    private static readonly uint ValueTag = WireReader.Tag(AccessResult.ValueFieldNumber, WireType.Varint);

    private static readonly uint DoneTag = WireReader.Tag(AccessResult.DoneFieldNumber, WireType.LengthDelimited);

    private readonly ulong[] _values;

    /// <summary>What is no value; null where there is one.</summary>
    private readonly AccessResult?[] _others;
    private readonly BatchResponse _rest = new();
    private readonly List<BatchFailure> _failures = [];

    private BatchAnswer(int count)
    {
        _values = new ulong[count];
        _others = new AccessResult?[count];
    }

    /// <summary>The answer to no accesses.</summary>
    public static BatchAnswer Empty { get; } = new(0);

    /// <summary>The lines that changed.</summary>
    public IReadOnlyList<VcpuLine> ChangedLines => _rest.ChangedLines;

    /// <summary>The accesses that could not be made.</summary>
    public IReadOnlyList<BatchFailure> Failures => _failures;

    /// <summary>The result of the access at a place.</summary>
    public AccessResult this[int place] =>
        TryGetValue(place, out var value) ? new AccessResult { Value = value } : _others[place]!;

    /// <summary>Takes a message.</summary>
    /// <exception cref="InvalidProtocolBufferException">It is no BatchResponse.</exception>
    public static BatchAnswer From(DeserializationContext context)
    {
        var payload = context.PayloadAsReadOnlySequence();
        return payload.IsSingleSegment
            ? From(payload.FirstSpan)
            : From(payload.ToArray());
    }

    /// <summary>The value at a place; false where there is none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No access had this place: it is another batch's.</exception>
    public bool TryGetValue(int place, out ulong value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(place);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(place, _values.Length);
        value = _values[place];
        return _others[place] is null;
    }

    private static BatchAnswer From(ReadOnlySpan<byte> message)
    {
        if (!TryCount(message, out var count))
        {
            // Something that this version does not know: left out, and in the plainest form.
            var plain = BatchResponse.Parser.ParseFrom(message);
            message = new BatchResponse { Results = { plain.Results }, ChangedLines = { plain.ChangedLines } }
                .ToByteArray();
            count = plain.Results.Count;
        }

        var answer = new BatchAnswer(count);
        answer.Read(message);
        return answer;
    }

    private static bool TryCount(ReadOnlySpan<byte> message, out int count)
    {
        count = 0;
        var reader = new WireReader(message);
        while (!reader.IsAtEnd)
        {
            if (!reader.TryReadUInt32(out var tag) || !reader.TryReadBytes(out _)
                || (tag != ResultTag && tag != LineTag))
            {
                return false;
            }

            count += tag == ResultTag ? 1 : 0;
        }

        return true;
    }

    private void Read(ReadOnlySpan<byte> message)
    {
        var reader = new WireReader(message);
        var place = 0;
        while (!reader.IsAtEnd)
        {
            var start = reader.Position;
            if (!reader.TryReadUInt32(out var tag) || !reader.TryReadBytes(out var field))
            {
                throw new InvalidOperationException("An answer that was read once cannot be read again.");
            }

            if (tag == ResultTag)
            {
                ReadResult(field, place++);
            }
            else
            {
                _rest.MergeFrom(message[start..reader.Position]);
            }
        }
    }

    private void ReadResult(ReadOnlySpan<byte> fields, int place)
    {
        var reader = new WireReader(fields);
        var isTagRead = reader.TryReadUInt32(out var tag);
        if (isTagRead && tag == ValueTag && reader.TryReadVarint(out var value) && reader.IsAtEnd)
        {
            _values[place] = value;
        }
        else if (isTagRead && tag == DoneTag && reader.TryReadBytes(out var done) && done.IsEmpty && reader.IsAtEnd)
        {
            _others[place] = Done;
        }
        else
        {
            Keep(AccessResult.Parser.ParseFrom(fields), place);
        }
    }

    private void Keep(AccessResult result, int place)
    {
        if (result.KindCase == AccessResult.KindOneofCase.Value)
        {
            _values[place] = result.Value;
            return;
        }

        _others[place] = result;
        if (result.Error is { } error)
        {
            _failures.Add(new BatchFailure(place, error));
        }
    }
}
