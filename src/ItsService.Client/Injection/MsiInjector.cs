using Grpc.Core;
using ItsService.Client.Identifiers;
using ItsService.Client.Wire;
using ItsService.Protocol.V1;

namespace ItsService.Client.Injection;

/// <summary>
/// A stream of messages to the ITSs of one VM, for who has many: batches go out packed, and are taken in order, each in
/// one entry into the VM. What is sent may be on its way; <see cref="Account"/> tells what was taken, and
/// <see cref="CompleteAsync"/> that all was. One thread sends at a time.
/// </summary>
/// <remarks>
/// Where the connection breaks, calls throw <see cref="ItsServiceException"/>. Who has
/// <see cref="MsiInjectorOptions.Sender"/> opens another stream with it, finds in its <see cref="Account"/> the last
/// batch that was taken, and sends the batches after it once more: none is lost, and none is taken twice, as long as
/// the VM remembers the sender. It does not where the service was started or the VM was made anew, or where more
/// senders than <c>ServerLimits.msi_senders_max</c> came after this one had gone; the stream of who gives
/// <see cref="MsiInjectorOptions.Taken"/> is refused then.
/// </remarks>
public sealed class MsiInjector : IAsyncDisposable
{
    private readonly ServiceConnection _connection;
    private readonly AsyncDuplexStreamingCall<EncodedInjection.Holder, InjectMsisResponse> _call;
    private readonly MsiInjectorOptions _options;
    private readonly EncodedInjection.Holder _next = new();
    private readonly Lock _lock = new();
    private Task _reading = Task.CompletedTask;
    private MsiAccount _account;
    private ulong _lastSent;
    private int _isSending;
    private int _callbackThread;

    private MsiInjector(ServiceConnection connection, MsiInjectorOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.AnswerDelay, TimeSpan.Zero, nameof(options));
        _connection = connection;
        _options = options;
        _call = connection.InjectMsis();
    }

    /// <summary>What was taken, as the service told it last.</summary>
    public MsiAccount Account
    {
        get
        {
            lock (_lock)
            {
                return _account;
            }
        }
    }

    /// <summary>The number of the last batch that was sent.</summary>
    public ulong LastSent => _lastSent;

    private bool IsInCallback => Volatile.Read(ref _callbackThread) == Environment.CurrentManagedThreadId;

    /// <summary>
    /// Sends a batch. It has gone out, but need not have been taken, when this ends; the array may be used again.
    /// </summary>
    /// <param name="its">To which ITS.</param>
    /// <param name="records">
    /// The messages, in order: at most <c>ServerLimits.msi_batch_records_max</c>.
    /// </param>
    /// <param name="cancellationToken">Ends the wait, and with it the stream.</param>
    /// <returns>The batch's number.</returns>
    /// <exception cref="ItsServiceException">The stream has ended.</exception>
    /// <exception cref="InvalidOperationException">Another batch is on its way out.</exception>
    public ValueTask<ulong> SendAsync(
        ItsIndex its, ReadOnlyMemory<MsiRecord> records, CancellationToken cancellationToken = default) =>
        SendAsync(its, records, moreFollows: false, cancellationToken);

    /// <inheritdoc cref="SendAsync(ItsIndex, ReadOnlyMemory{MsiRecord}, CancellationToken)"/>
    /// <param name="its">To which ITS.</param>
    /// <param name="records">The messages, in order.</param>
    /// <param name="moreFollows">
    /// Whether another batch, or <see cref="CompleteAsync"/>, follows at once. The batch may then wait for it, at most
    /// until some 32 KB are there: who has many sends about twice as many in the same time.
    /// </param>
    /// <param name="cancellationToken">Ends the wait, and with it the stream.</param>
    public async ValueTask<ulong> SendAsync(
        ItsIndex its, ReadOnlyMemory<MsiRecord> records, bool moreFollows,
        CancellationToken cancellationToken = default)
    {
        BeginSending();
        try
        {
            _next.MoreFollows = moreFollows;
            return await WriteAsync(its, records, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _isSending, 0);
        }
    }

    /// <summary>Ends the stream when all was taken, and tells the whole account.</summary>
    /// <exception cref="ItsServiceException">The stream has ended before.</exception>
    /// <exception cref="InvalidOperationException">
    /// A batch is on its way out, or a callback asks, which would wait for itself.
    /// </exception>
    public async Task<MsiAccount> CompleteAsync()
    {
        if (IsInCallback)
        {
            throw new InvalidOperationException("A callback of the stream waits for the stream to end.");
        }

        BeginSending();
        try
        {
            await _call.RequestStream.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (Sessions.SessionLink.IsStreamOver(failure))
        {
            // How it ended, who reads it finds.
        }
        finally
        {
            Volatile.Write(ref _isSending, 0);
        }

        await _reading.ConfigureAwait(false);
        return Account is { Sequence: var taken } account && taken >= _lastSent
            ? account
            : throw Ended($"the service ended the stream and has told of {taken} of {_lastSent} batches");
    }

    /// <summary>Breaks the stream off, unless it was completed.</summary>
    public async ValueTask DisposeAsync()
    {
        _call.Dispose();
        if (!IsInCallback)
        {
            await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    internal static async Task<MsiInjector> OpenAsync(
        ServiceConnection connection, VmName vm, MsiInjectorOptions options, CancellationToken cancellationToken)
    {
        var stream = new MsiInjector(connection, options);
        try
        {
            await stream.StartAsync(vm, cancellationToken).ConfigureAwait(false);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // The transport throws the same for two at once as for a stream that has ended.
    private void BeginSending()
    {
        if (Interlocked.Exchange(ref _isSending, 1) != 0)
        {
            throw new InvalidOperationException("A batch is on its way out: one thread sends at a time.");
        }
    }

    private async ValueTask<ulong> WriteAsync(
        ItsIndex its, ReadOnlyMemory<MsiRecord> records, CancellationToken cancellationToken)
    {
        _next.Message = new EncodedInjection(_lastSent + 1, its.Value, records);
        try
        {
            await _call.RequestStream.WriteAsync(_next, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (Sessions.SessionLink.IsStreamOver(failure))
        {
            cancellationToken.ThrowIfCancellationRequested();

            // How it ended, who reads it finds.
            await _reading.ConfigureAwait(false);
            throw failure is RpcException refused
                ? _connection.Failure(refused, cancellationToken)
                : Ended("the service has ended the stream", failure);
        }

        return ++_lastSent;
    }

    private async Task StartAsync(VmName vm, CancellationToken cancellationToken)
    {
        var start = new InjectMsisStart
        {
            Vm = vm.Value,
            Sender = _options.Sender ?? "",
            Taken = _options.Taken,
            TellOutcomes = _options.OutcomesTold is not null,
            AnswerDelayMs = (uint)_options.AnswerDelay.TotalMilliseconds,
        };
        try
        {
            _next.Message = new EncodedInjection(start);
            await _call.RequestStream.WriteAsync(_next, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (Sessions.SessionLink.IsStreamOver(failure))
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        if (!await MoveNextAsync(cancellationToken).ConfigureAwait(false))
        {
            throw Ended("the service ended the stream before it had begun");
        }

        Take(_call.ResponseStream.Current);
        _lastSent = Account.Sequence;
        _reading = ReadAsync();
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await MoveNextAsync(CancellationToken.None).ConfigureAwait(false))
            {
                Take(_call.ResponseStream.Current);
            }
        }
        catch
        {
            // Where a callback failed nobody reads on, and who sends would wait for room for ever.
            _call.Dispose();
            throw;
        }
    }

    private async Task<bool> MoveNextAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _call.ResponseStream.MoveNext(cancellationToken).ConfigureAwait(false);
        }
        catch (RpcException failure)
        {
            throw _connection.Failure(failure, cancellationToken);
        }
    }

    private void Take(InjectMsisResponse answer)
    {
        lock (_lock)
        {
            _account = MsiAccount.From(answer);
        }

        Volatile.Write(ref _callbackThread, Environment.CurrentManagedThreadId);
        try
        {
            Tell(answer);
        }
        finally
        {
            Volatile.Write(ref _callbackThread, 0);
        }
    }

    private void Tell(InjectMsisResponse answer)
    {
        foreach (var line in answer.ChangedLines)
        {
            _options.LineChanged?.Invoke(line);
        }

        foreach (var batch in answer.Outcomes)
        {
            _options.OutcomesTold?.Invoke(
                batch.Sequence, [.. batch.Outcomes.Select(outcome => (MsiOutcome)outcome)]);
        }
    }

    private Exception Ended(string text, Exception? cause = null) => _connection.Failure(
        new RpcException(new Status(StatusCode.Unavailable, text, cause)), CancellationToken.None);
}
