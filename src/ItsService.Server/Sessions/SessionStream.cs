using Google.Protobuf;
using Grpc.Core;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Memory.Remote;

namespace ItsService.Server.Sessions;

/// <summary>
/// One stream of a session: as long as one connection lasts. It reads on while a request waits, since what the VMM says
/// of answers and of memory comes on it, too. Whoever has something to tell writes it, unless somebody is writing.
/// </summary>
internal sealed class SessionStream : IThreadPoolWorkItem, IMemoryServer, IDisposable
{
    private static readonly TimeSpan FlushTimeMax = TimeSpan.FromSeconds(2);

    private readonly VmHost _vm;
    private readonly IAsyncStreamReader<V1.FromVmm> _messages;
    private readonly IServerStreamWriter<V1.ToVmm> _writer;
    private readonly CancellationTokenSource _ending;
    private readonly SessionExecutor _executor;
    private VmSession? _session;
    private Ending? _ended;
    private int _isPumpQueued;
    private int _isStopping;

    public SessionStream(
        VmHost vm,
        IAsyncStreamReader<V1.FromVmm> messages,
        IServerStreamWriter<V1.ToVmm> writer,
        ServerCallContext context,
        ItsServerLimits limits)
    {
        _vm = vm;
        _messages = messages;
        _writer = writer;
        _ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        _executor = new SessionExecutor(this, vm, limits);
        Ended = _ending.Token;
        Peer = context.Peer;
    }

    /// <summary>Where it comes from.</summary>
    public string Peer { get; }

    /// <inheritdoc/>
    string IMemoryServer.Description => $"a session of {Peer}";

    /// <summary>Whether somebody is writing. Guarded by the lock of the outbox.</summary>
    public bool IsPumping { get; set; }

    /// <summary>Cancelled when the stream is to end.</summary>
    public CancellationToken Ended { get; }

    /// <summary>The session that is attached here.</summary>
    public VmSession Session => _session ?? throw new InvalidOperationException("The stream is not attached.");

    private SessionOutbox Outbox => Session.Outbox;

    /// <summary>Attaches, and serves the session until its stream ends.</summary>
    public async Task RunAsync(V1.AttachRequest attach, CancellationToken stopping)
    {
        await _vm.AttachAsync(attach, this, Ended);
        using var stop = stopping.UnsafeRegister(static stream => ((SessionStream)stream!).Stop(), this);
        try
        {
            Pump();
            await ReadAsync();
            await FlushAsync();
        }
        catch (RpcException)
        {
            await FlushAsync();
            throw;
        }
        finally
        {
            // What waits on it has not happened.
            await _ending.CancelAsync();
            Outbox.Leave(this);
            await _vm.LeaveAsync(this);
        }
    }

    /// <summary>Inside the gate: the session that it serves from now on.</summary>
    public void Join(VmSession session, ulong taken)
    {
        _session = session;
        _executor.Begin(session, taken);
    }

    /// <summary>Ends the stream; the first reason counts. May be called anywhere.</summary>
    /// <param name="reason">How it ends; null for as it should.</param>
    public void End(RpcException? reason)
    {
        if (Interlocked.CompareExchange(ref _ended, new Ending(reason), null) is null)
        {
            // Not here: whoever waits for it would go on inside the gate.
            ThreadPool.UnsafeQueueUserWorkItem(static stream => stream.Cancel(), this, preferLocal: false);
        }
    }

    /// <summary>
    /// The service stops. The VMM is asked to complete its side of the stream: a connection on which one side is open
    /// keeps a server from stopping.
    /// </summary>
    public void Stop()
    {
        if (Interlocked.Exchange(ref _isStopping, 1) == 0)
        {
            Outbox.AddEnding(this);
            PumpSoon();
            _ = EndSoonAsync();
        }
    }

    /// <summary>Writes what there is to write, unless somebody is doing so.</summary>
    public void Pump()
    {
        if (Outbox.TakeFirst(this) is { } first)
        {
            _ = PumpAsync(first);
        }
    }

    /// <summary>The same on another thread: for who is inside the gate.</summary>
    public void PumpSoon()
    {
        if (Interlocked.Exchange(ref _isPumpQueued, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    void IMemoryServer.Wake() => PumpSoon();

    void IThreadPoolWorkItem.Execute()
    {
        Volatile.Write(ref _isPumpQueued, 0);
        Pump();
    }

    public void Dispose() => _ending.Dispose();

    private void Cancel()
    {
        try
        {
            _ending.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The stream ended by itself.
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _messages.MoveNext(Ended))
            {
                Take(_messages.Current);
            }

            // The VMM says no more, and may still read.
            await UntilAllCanBeToldAsync().WaitAsync(Ended);
            if (Volatile.Read(ref _isStopping) != 0)
            {
                throw ServiceStop.Unavailable();
            }
        }
        catch (Exception) when (_ended is { } ended)
        {
            if (ended.Reason is { } reason)
            {
                throw reason;
            }
        }
        catch (InvalidProtocolBufferException malformed)
        {
            throw MalformedMessage.Refused(_vm.Name, malformed, nameof(V1.FromVmm));
        }
        catch (Exception lost) when (LostConnection.Is(lost, Ended))
        {
            // The connection is gone: there is nobody to be told.
        }
    }

    private void Take(V1.FromVmm message)
    {
        switch (message.MessageCase)
        {
            case V1.FromVmm.MessageOneofCase.Request:
                _executor.Accept(message.Request);
                break;
            case V1.FromVmm.MessageOneofCase.Received:
                Outbox.TakeReceived(message.Received.Sequence, message.Received.Changes, "received.sequence");
                break;
            case V1.FromVmm.MessageOneofCase.Memory:
                TakeMemory(message.Memory);
                break;
            case V1.FromVmm.MessageOneofCase.Detach:
                _ = DetachAsync();
                break;
            case V1.FromVmm.MessageOneofCase.Attach:
                throw Unexpected("attach", "the stream is attached already");
            default:
                throw Unexpected("message", "the message has no content that this server knows");
        }
    }

    private void TakeMemory(V1.MemoryAnswer answer)
    {
        if (Session.Memory is not { } memory || !memory.IsServedBy(this))
        {
            throw Unexpected("memory", "the stream does not serve memory");
        }

        if (memory.Take(answer) is { } problem)
        {
            throw Refusal.Of(_vm.Name, problem);
        }
    }

    private async Task EndSoonAsync()
    {
        await Task.Delay(FlushTimeMax, Ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        End(ServiceStop.Unavailable());
    }

    private async Task UntilAllCanBeToldAsync()
    {
        await _executor.UntilDoneAsync();
        await Outbox.UntilNoneIsHeldBack();
    }

    private async Task DetachAsync()
    {
        await UntilAllCanBeToldAsync();
        await _vm.DetachAsync(this);
    }

    private async Task PumpAsync(V1.ToVmm first)
    {
        try
        {
            for (V1.ToVmm? next = first; next is not null; next = Outbox.TakeNext(this))
            {
                await _writer.WriteAsync(next);
            }
        }
        catch (Exception)
        {
            // The connection is gone, or the stream has ended; who reads it finds out. What was not written is kept.
            Outbox.Leave(this);
        }
    }

    // What is told before the end goes out before it, if the VMM reads.
    private async Task FlushAsync()
    {
        Pump();
        await Outbox.UntilIdle(this).WaitAsync(FlushTimeMax).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private RpcException Unexpected(string field, string text) =>
        Refusal.Of(_vm.Name, new Problem(V1.ErrorReason.UnexpectedMessage, field, text));

    private sealed record Ending(RpcException? Reason);
}
