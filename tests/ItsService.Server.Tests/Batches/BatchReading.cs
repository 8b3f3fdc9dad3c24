using Google.Protobuf;
using Grpc.Core;
using ItsService.Core;
using ItsService.Protocol.V1;
using ItsService.Protocol.Wire;
using ItsService.Server.Accesses;
using ItsService.Server.Errors;
using ItsService.Server.Specs;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Wire;

namespace ItsService.Server.Tests.Batches;

/// <summary>
/// What a server makes of the bytes of a BatchRequest for the usual VM: a plan, a refusal, or nothing when they are no
/// BatchRequest.
/// </summary>
internal sealed class BatchReading
{
    private const string NoMessage = "no message";

    private static readonly ItsServerLimits Limits = new();

    private readonly List<PlannedAccess> _accesses = [];
    private readonly List<byte[]> _data = [];
    private string _vm = "";
    private string _refusal = "";

    private BatchReading()
    {
    }

    /// <summary>The VM for which batches are checked.</summary>
    public static VirtualGicConfiguration Shape { get; } =
        VmSpecReader.Read(GuestMap.Spec(), Limits, new RequestProblems(""))!.Configuration;

    /// <summary>Whether there is a plan.</summary>
    public bool IsPlanned => _refusal.Length == 0;

    /// <summary>Whether the bytes are no BatchRequest.</summary>
    public bool IsMalformed => _refusal == NoMessage;

    /// <summary>How many accesses the server read where they lie.</summary>
    public int ReadInPlaceCount { get; private init; }

    /// <summary>As the server reads a batch.</summary>
    public static BatchReading InPlace(DeserializationContext message)
    {
        try
        {
            using var batch = ReceivedBatch.From(message);
            var reading = new BatchReading { _vm = batch.Vm, ReadInPlaceCount = CountReadInPlace(batch) };
            reading.Try(problems =>
            {
                using var plan = BatchReader.Read(Shape, batch, Limits, problems);
                foreach (var access in plan.Accesses)
                {
                    reading.Add(access);
                }
            });
            return reading;
        }
        catch (InvalidProtocolBufferException)
        {
            return new BatchReading { _refusal = NoMessage };
        }
    }

    /// <summary>From the message that the generated parser makes.</summary>
    public static BatchReading Generated(byte[] message)
    {
        try
        {
            var request = BatchRequest.Parser.ParseFrom(message);
            var reading = new BatchReading { _vm = request.Vm };
            reading.Try(problems =>
            {
                foreach (var (index, access) in request.Accesses.Index())
                {
                    reading.Add(AccessReader.Read(Shape, access, index, Limits, problems));
                }

                CheckAnswerSize(request, problems);
                problems.ThrowIfAny();
            });
            return reading;
        }
        catch (InvalidProtocolBufferException)
        {
            return new BatchReading { _refusal = NoMessage };
        }
    }

    /// <summary>Reads a message in both ways, between which there may be no difference.</summary>
    public static BatchReading InBothWays(byte[] message)
    {
        var inPlace = InPlace(new ReceivedMessage(message));
        inPlace.AssertSame(Generated(message), () => Convert.ToHexString(message));
        return inPlace;
    }

    /// <summary>Checks that nothing differs.</summary>
    public void AssertSame(BatchReading expected, Func<string> what)
    {
        if (expected._vm != _vm || expected._refusal != _refusal || !expected._accesses.SequenceEqual(_accesses)
            || !expected._data.Zip(_data).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)))
        {
            Assert.Fail($"{what()}\nis read as\n{this}\nand not as\n{expected}");
        }
    }

    public override string ToString() =>
        string.Join('\n', [$"'{_vm}' {_refusal}", .. _accesses.Zip(_data.Select(Convert.ToHexString))]);

    private static int CountReadInPlace(ReceivedBatch batch)
    {
        var count = 0;
        var reader = new WireReader(batch.Message.Span);
        while (ReceivedBatch.TryReadNext(ref reader, out var access))
        {
            count += WireAccess.TryRead(access, out _) ? 1 : 0;
        }

        return count;
    }

    private static void CheckAnswerSize(BatchRequest request, RequestProblems problems)
    {
        var readBytes = request.Accesses.Aggregate(
            0UL, (sum, access) => unchecked(sum + (access.ReadMemory?.LengthBytes ?? 0)));
        var otherBytes = ((ulong)request.Accesses.Count * 32) + (16 << 10);
        if (readBytes != 0 && unchecked(readBytes + otherBytes) > (ulong)Limits.MessageBytesMax)
        {
            problems.Add(new Problem(
                ErrorReason.LimitExceeded, "accesses", $"{readBytes} bytes of memory to read in one batch")
            {
                Accepted = $"what fits in an answer of {Limits.MessageBytesMax} bytes with everything else",
            });
        }
    }

    private void Add(in PlannedAccess access)
    {
        // The data lies in another array each time: what counts is what it holds.
        _accesses.Add(access with { Data = default });
        _data.Add(access.Data.ToArray());
    }

    private void Try(Action<RequestProblems> read)
    {
        try
        {
            read(new RequestProblems(_vm));
        }
        catch (RpcException error)
        {
            var refusal = Refusals.Refusal.Of(error);
            _refusal = string.Join('\n', [$"{refusal.Code} {refusal.Message}", .. refusal.Details]);

            // What a plan holds that is refused is nonsense.
            _accesses.Clear();
            _data.Clear();
        }
    }
}
