using System.Buffers.Text;
using System.Security.Cryptography;
using Grpc.Core;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Client.Sessions;

/// <summary>Reads a session's streams, one after another, until the session is no more.</summary>
internal sealed class SessionRunner(
    ServiceConnection connection,
    VmName vm,
    VmmSessionOptions options,
    SessionRequests requests,
    SessionNews news) : IDisposable
{
    private const int OpeningAttemptsMax = 3;
    private const int TokenBytes = 24;

    private readonly CancellationTokenSource _stopping = new();
    private MemoryAnswers? _memory;
    private volatile SessionLink? _link;
    private volatile Attached? _terms;

    public VmName Vm => vm;

    /// <summary>What the service said when it was last attached to.</summary>
    public Attached Terms => _terms!;

    /// <summary>How long the session outlives its connection; null for ever.</summary>
    public TimeSpan? Lease => Terms.LeaseMs == 0 ? null : TimeSpan.FromMilliseconds(Terms.LeaseMs);

    /// <summary>Ends with everything that runs here.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Begins the session.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var attach = new AttachRequest
        {
            Vm = vm.Value,
            NewSession = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes)),
            TakeOver = options.TakeOver,
            ServesMemory = options.Memory is not null,
        };
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await OpenFirstAsync(attach, cancellationToken).ConfigureAwait(false);
                break;
            }
            catch (RpcException failure)
            {
                var told = connection.Failure(failure, cancellationToken);
                if (told is not ItsServiceException { IsUnreachable: true } || attempt == OpeningAttemptsMax)
                {
                    throw told;
                }

                // The service may have it already, and knows it again by its token.
                await DelayAsync(attempt, cancellationToken).ConfigureAwait(false);
            }
        }

        Completion = Task.Run(RunAsync, CancellationToken.None);
    }

    /// <summary>Breaks the connection off, and the session ends here. The service keeps it for the lease.</summary>
    public void Stop()
    {
        requests.End(new VmmSessionEndedException(VmmSessionEnd.Detached, "the session was disposed of"));
        _stopping.Cancel();
        _link?.Close();
    }

    /// <summary>As <see cref="Stop"/>. The source of the token is left to the collector: it has no timer.</summary>
    public void Dispose() => Stop();

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                var reason = await ReadToEndAsync(_link!).ConfigureAwait(false);
                requests.Leave();
                _link!.Dispose();
                if (SessionEnds.Of(reason, requests.IsDetaching) is { } end)
                {
                    throw end;
                }

                var told = reason is RpcException failure ? connection.Failure(failure, default) : reason;
                news.TellLost(told ?? new IOException("the service has ended the stream"));
                await ReturnAsync().ConfigureAwait(false);
            }
        }
        catch (VmmSessionEndedException end)
        {
            requests.End(end);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Stop has told everybody.
        }
        catch (Exception unexpected)
        {
            requests.End(new VmmSessionEndedException(
                VmmSessionEnd.ProtocolBroken, $"the session cannot go on: {unexpected.Message}", unexpected));
        }
        finally
        {
            _link!.Dispose();
        }
    }

    /// <summary>Reads until the stream ends; tells why, or null where the service has ended it properly.</summary>
    private async Task<Exception?> ReadToEndAsync(SessionLink link)
    {
        try
        {
            while (await link.ReadAsync().ConfigureAwait(false) is { } message)
            {
                Take(link, message);
            }

            return null;
        }
        catch (Exception failure) when (failure is RpcException or IOException)
        {
            _stopping.Token.ThrowIfCancellationRequested();
            return failure;
        }
    }

    private void Take(SessionLink link, ToVmm message)
    {
        switch (message.MessageCase)
        {
            case ToVmm.MessageOneofCase.Answer:
                if (requests.Take(message.Answer) is { } request)
                {
                    TakeAnswer(message.Answer, request);
                }

                link.Pump();
                break;
            case ToVmm.MessageOneofCase.Changes:
                news.Take(message.Changes);
                requests.Take(message.Changes);
                link.Pump();
                break;
            case ToVmm.MessageOneofCase.Memory when _memory is not null:
                requests.Add(_memory.Answer(message.Memory));
                link.Pump();
                break;
            case ToVmm.MessageOneofCase.Ending:
                requests.Leave();
                link.CompleteSoon();
                break;
            default:
                // Of a newer service: it tells what this version need not know.
                break;
        }
    }

    // Whatever becomes of the session by a callback that fails: the request was executed, and somebody waits for it.
    private void TakeAnswer(VmmAnswer answer, PendingRequest request)
    {
        try
        {
            news.Take(answer);
        }
        finally
        {
            request.TrySetResult(answer);
        }
    }

    /// <summary>Attaches again, as long as the lease lasts.</summary>
    private async Task ReturnAsync()
    {
        using var patience = Lease is { } lease
            ? new CancellationTokenSource(lease, options.Time)
            : new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _stopping.Token);
        Exception? last = null;
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await DelayAsync(attempt, either.Token).ConfigureAwait(false);
                var attach = requests.Resumption(vm.Value, Terms.Session);
                attach.ServesMemory = _memory is not null;
                attach.MemoryMade = _memory?.Made ?? 0;
                await OpenAsync(attach, either.Token).ConfigureAwait(false);
                return;
            }
            catch (Exception failure) when (failure is RpcException or IOException or OperationCanceledException)
            {
                _stopping.Token.ThrowIfCancellationRequested();
                if (patience.IsCancellationRequested)
                {
                    throw new VmmSessionEndedException(
                        VmmSessionEnd.LeaseOver,
                        $"'{vm}' was out of reach for longer than its lease of {Lease}", last ?? failure);
                }

                if (SessionEnds.Of(failure, isDetaching: false) is { } end)
                {
                    throw end;
                }

                last = failure;
            }
        }
    }

    // A session that nobody gets must not keep others from the VM.
    private async Task OpenFirstAsync(AttachRequest attach, CancellationToken cancellationToken)
    {
        try
        {
            await OpenAsync(attach, cancellationToken).ConfigureAwait(false);
        }
        catch when (_link is { } opened)
        {
            await opened.GiveUpAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task OpenAsync(AttachRequest attach, CancellationToken cancellationToken)
    {
        var (link, terms) = await SessionLink.OpenAsync(connection, attach, requests, cancellationToken)
            .ConfigureAwait(false);
        _link = link;
        _terms = terms;
        _memory = options.Memory is { } memory ? AnsweredMemory.Of(memory, terms.VmUid) : null;
        _stopping.Token.ThrowIfCancellationRequested();
        news.Take(terms);
        requests.Join(link, terms);
    }

    private Task DelayAsync(int attempt, CancellationToken cancellationToken)
    {
        if (attempt == 0)
        {
            return Task.CompletedTask;
        }

        var delay = options.ReconnectDelayMin * Math.Pow(2, Math.Min(attempt - 1, 30));
        return Task.Delay(
            delay < options.ReconnectDelayMax ? delay : options.ReconnectDelayMax, options.Time, cancellationToken);
    }
}
