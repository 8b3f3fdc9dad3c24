using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Wire;

namespace ItsService.Server.Msis.Injection;

/// <summary>
/// One stream of packed messages: each batch is sent on the thread that has read it, and answers go out while the next
/// ones are read. Where a batch has to wait, for its turn or for Resume, nothing behind it is read, and the transport
/// holds the sender up.
/// </summary>
internal sealed class InjectionStream(
    VmHost vm,
    IAsyncStreamReader<ReceivedInjection> batches,
    IServerStreamWriter<V1.InjectMsisResponse> writer,
    ItsServerLimits limits) : IDisposable
{
    /// <summary>How long an answer may be made to wait.</summary>
    public const uint AnswerDelayMsMax = 1000;

    // So many are answered together at most, while more of them are there already.
    private const int BatchesUntoldMax = 64;

    private static readonly TimeSpan FlushTimeMax = TimeSpan.FromSeconds(2);

    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    // Whoever cannot go on until there is an answer does not let it wait for others.
    private readonly Channel<bool> _hurry = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly CancellationTokenSource _ending = new();
    private Task<bool>? _hurried;
    private RpcException? _end;

    /// <summary>Whose stream it is. Set inside the gate.</summary>
    public MsiSender Sender { get; set; } = new("");

    /// <summary>Ends the stream; the first reason counts. May be called anywhere.</summary>
    public void End(RpcException reason)
    {
        if (Interlocked.CompareExchange(ref _end, reason, null) is null)
        {
            // Not here: whoever waits for it would go on inside the gate.
            ThreadPool.UnsafeQueueUserWorkItem(static stream => stream.Cancel(), this, preferLocal: false);
        }
    }

    /// <summary>Serves the stream until its client completes it.</summary>
    /// <param name="start">Its first message.</param>
    /// <param name="stopping">Cancelled when the service stops.</param>
    /// <param name="call">Cancelled when the connection is lost.</param>
    public async Task RunAsync(V1.InjectMsisStart start, CancellationToken stopping, CancellationToken call)
    {
        var answers = new InjectionAnswers(start.TellOutcomes);
        answers.Begin(await vm.EnterAsync<BeginInjectionOperation, MsiAccount>(
            new BeginInjectionOperation(this, start), call));
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping, call, _ending.Token);
        using var unread = CancellationTokenSource.CreateLinkedTokenSource(call);
        var writing = WriteAsync(answers, TimeSpan.FromMilliseconds(start.AnswerDelayMs), unread.Token);
        try
        {
            await SendAllAsync(answers, ended.Token);

            // OK says that all was told, however slowly the client reads.
            TellTheRest();
            if (!await writing.WaitAsync(ended.Token) && !call.IsCancellationRequested)
            {
                throw new RpcException(new Status(StatusCode.Unavailable, "the last answer could not be sent"));
            }
        }
        catch (Exception) when (Volatile.Read(ref _end) is { } end)
        {
            throw end;
        }
        catch (Exception cut) when (IsCancelled(cut) && stopping.IsCancellationRequested)
        {
            throw ServiceStop.Unavailable();
        }
        catch (InvalidProtocolBufferException malformed)
        {
            throw MalformedMessage.Refused(vm.Name, malformed, nameof(V1.InjectMsisRequest));
        }
        catch (Exception lost) when (LostConnection.Is(lost, call))
        {
            // The connection is gone: there is nobody to be told.
        }
        finally
        {
            await FlushAsync(writing, unread);
            await vm.LeaveAsync(Sender, this);
        }
    }

    public void Dispose() => _ending.Dispose();

    // What the library, and those who wait inside a VM's host, throw where a wait was cancelled.
    private static bool IsCancelled(Exception thrown) =>
        thrown is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled };

    private void Wake() => _wake.Writer.TryWrite(true);

    private void TellTheRest()
    {
        _hurry.Writer.TryComplete();
        _wake.Writer.TryComplete();
    }

    // What was taken is told before a status, too, if the client reads.
    private async Task FlushAsync(Task writing, CancellationTokenSource unread)
    {
        TellTheRest();
        await writing.WaitAsync(FlushTimeMax).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!writing.IsCompleted)
        {
            // It does not: the library breaks the call off, and nothing is kept for it.
            await unread.CancelAsync();
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SendAllAsync(InjectionAnswers answers, CancellationToken ended)
    {
        for (var untold = 0; ; untold++)
        {
            var next = batches.MoveNext(ended);
            if (!next.IsCompleted || untold == BatchesUntoldMax)
            {
                untold = 0;
                Wake();
            }

            if (!await next)
            {
                return;
            }

            using var batch = batches.Current;
            var arrivedAt = vm.Telemetry.BeginInjection();
            Check(batch);
            await vm.EnterRunningAsync<InjectBatchOperation, Done>(
                new InjectBatchOperation(this, batch, answers, arrivedAt), ended, goesOn: true);
            if (!answers.HasRoom)
            {
                await HoldAsync(answers, ended);
            }
        }
    }

    private async Task HoldAsync(InjectionAnswers answers, CancellationToken ended)
    {
        Wake();
        _hurry.Writer.TryWrite(true);
        var room = answers.UntilRoom();
        if (room.IsCompleted)
        {
            return;
        }

        vm.Telemetry.BeginHold();
        try
        {
            await room.WaitAsync(ended);
        }
        finally
        {
            vm.Telemetry.EndHold();
        }
    }

    private void Check(ReceivedInjection message)
    {
        if (!message.IsBatch)
        {
            throw Refusal.Of(vm.Name, new Problem(
                V1.ErrorReason.UnexpectedMessage, message.Start is null ? "message" : "start",
                "the message is no batch")
            {
                Accepted = "batch",
            });
        }

        var problems = new RequestProblems(vm.Name);
        Accesses.IndexCheck.Check(
            (uint)message.Its, vm.Shape.ItsCount, "ITS", Accesses.FieldPath.Request, "batch.its", problems);
        var recordCount = message.Records.Length / MsiRecords.SizeBytes;
        if (message.Records.Length % MsiRecords.SizeBytes != 0)
        {
            problems.Add(new Problem(
                V1.ErrorReason.OutOfRange, "batch.records", $"{message.Records.Length} bytes are no whole records")
            {
                Accepted = $"a multiple of {MsiRecords.SizeBytes}",
            });
        }
        else if (recordCount > limits.MsiBatchRecordsMax)
        {
            problems.Add(new Problem(
                V1.ErrorReason.LimitExceeded, "batch.records", $"{recordCount} records in one batch")
            {
                Accepted = $"at most {limits.MsiBatchRecordsMax}",
            });
        }

        problems.ThrowIfAny();
    }

    /// <summary>Writes until the rest is told. False where the stream has ended before.</summary>
    private async Task<bool> WriteAsync(InjectionAnswers answers, TimeSpan delay, CancellationToken call)
    {
        try
        {
            // The first one is what the client begins with.
            await WriteNewsAsync(answers, call);
            while (await _wake.Reader.WaitToReadAsync(call))
            {
                if (delay > TimeSpan.Zero)
                {
                    await WaitForOthersAsync(delay, call);
                }

                _wake.Reader.TryRead(out _);
                await WriteNewsAsync(answers, call);
            }

            await WriteNewsAsync(answers, call);
            return true;
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or InvalidOperationException)
        {
            // The stream has ended, as who reads it finds.
            return false;
        }
    }

    private async Task WaitForOthersAsync(TimeSpan delay, CancellationToken call)
    {
        _hurried ??= _hurry.Reader.WaitToReadAsync(call).AsTask();
        if (await Task.WhenAny(Task.Delay(delay, call), _hurried) == _hurried)
        {
            _hurry.Reader.TryRead(out _);
            _hurried = null;
        }
    }

    private async Task WriteNewsAsync(InjectionAnswers answers, CancellationToken call)
    {
        while (answers.TryTakeNext() is { } answer)
        {
            await writer.WriteAsync(answer, call);
        }
    }

    private void Cancel()
    {
        try
        {
            _ending.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself.
        }
    }
}
