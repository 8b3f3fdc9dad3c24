using System.Buffers.Binary;
using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Injection;

/// <summary>A stream of packed messages, message by message: Interrupts.InjectMsis.</summary>
internal sealed class SenderStream : IDisposable
{
    private readonly AsyncDuplexStreamingCall<InjectMsisRequest, InjectMsisResponse> _call;
    private readonly CancellationTokenSource _cut;

    private SenderStream(Api api, Metadata? headers = null)
    {
        _cut = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        _call = api.Interrupts.InjectMsis(headers, cancellationToken: _cut.Token);
    }

    /// <summary>What was answered first.</summary>
    public InjectMsisResponse First { get; private set; } = new();

    /// <summary>The number of the next batch.</summary>
    public ulong Next { get; set; } = 1;

    public static SenderStream Open(Api api) => new(api);

    public static async Task<SenderStream> OpenAsync(
        Guest guest, string sender = "", bool tellOutcomes = false, uint answerDelayMs = 0, ulong taken = 0,
        bool compresses = false)
    {
        // What the library takes for the wish to compress each message.
        var stream = new SenderStream(
            guest.Api, compresses ? new Metadata { { "grpc-internal-encoding-request", "gzip" } } : null);
        await stream.WriteAsync(new InjectMsisRequest
        {
            Start = new InjectMsisStart
            {
                Vm = guest.Name,
                Sender = sender,
                TellOutcomes = tellOutcomes,
                AnswerDelayMs = answerDelayMs,
                Taken = taken,
            },
        });
        stream.First = await stream.ReadAsync();
        stream.Next = stream.First.Sequence + 1;
        return stream;
    }

    /// <summary>The records of a batch.</summary>
    public static ByteString Records(params IEnumerable<(uint Device, uint Event)> messages)
    {
        var bytes = new List<byte>();
        Span<byte> record = stackalloc byte[8];
        foreach (var (device, eventId) in messages)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(record, device);
            BinaryPrimitives.WriteUInt32LittleEndian(record[4..], eventId);
            bytes.AddRange(record);
        }

        return ByteString.CopyFrom([.. bytes]);
    }

    public Task WriteAsync(InjectMsisRequest message) => _call.RequestStream.WriteAsync(message).WithinLimit();

    public Task SendAsync(ByteString records, uint its = 0) =>
        WriteAsync(new InjectMsisRequest { Batch = new MsiBatch { Sequence = Next++, Its = its, Records = records } });

    public Task SendAsync(params IEnumerable<(uint Device, uint Event)> messages) => SendAsync(Records(messages));

    /// <summary>Whether a batch goes out before long; one that does not is on its way for ever.</summary>
    public async Task<bool> TrySendAsync(ByteString records, TimeSpan patience)
    {
        var writing = _call.RequestStream.WriteAsync(
            new InjectMsisRequest { Batch = new MsiBatch { Sequence = Next++, Records = records } });
        return await Task.WhenAny(writing, Task.Delay(patience, TestContext.Current.CancellationToken)) == writing;
    }

    public async Task<InjectMsisResponse> ReadAsync()
    {
        Assert.True(await _call.ResponseStream.MoveNextWithinLimit(), "the stream has ended");
        return _call.ResponseStream.Current;
    }

    /// <summary>Reads until a batch was taken; all answers.</summary>
    public async Task<List<InjectMsisResponse>> ReadUntilAsync(ulong sequence)
    {
        var answers = new List<InjectMsisResponse>();
        do
        {
            answers.Add(await ReadAsync());
        }
        while (answers[^1].Sequence < sequence);

        return answers;
    }

    public Task CompleteAsync() => _call.RequestStream.CompleteAsync().WithinLimit();

    /// <summary>How the stream ends, behind the answers that are still to come, of which this is the last.</summary>
    public async Task<(RpcException End, InjectMsisResponse Last)> EndAsync()
    {
        var last = First;
        try
        {
            while (await _call.ResponseStream.MoveNextWithinLimit())
            {
                last = _call.ResponseStream.Current;
            }
        }
        catch (RpcException end)
        {
            return (end, last);
        }

        throw new InvalidOperationException("The stream has ended well.");
    }

    /// <summary>The last answer of a stream that ends well.</summary>
    public async Task<InjectMsisResponse> EndsWellAsync()
    {
        await CompleteAsync();
        return (await ReadToEndAsync()).LastOrDefault(First);
    }

    /// <summary>All answers that are still to come on a stream that ends well.</summary>
    public async Task<List<InjectMsisResponse>> ReadToEndAsync()
    {
        var answers = new List<InjectMsisResponse>();
        while (await _call.ResponseStream.MoveNextWithinLimit())
        {
            answers.Add(_call.ResponseStream.Current);
        }

        return answers;
    }

    /// <summary>Cuts the connection, as far as the server can tell.</summary>
    public void Cut() => _cut.Cancel();

    public void Dispose()
    {
        Cut();
        _call.Dispose();
        _cut.Dispose();
    }
}
