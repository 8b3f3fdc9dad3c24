using Grpc.Core;
using ItsService.Protocol.V1;

namespace ItsService.Client.Sessions;

/// <summary>One stream of a session: as long as one connection lasts.</summary>
internal sealed class SessionLink : IDisposable
{
    private static readonly TimeSpan GiveUpTimeMax = TimeSpan.FromSeconds(5);

    private readonly AsyncDuplexStreamingCall<FromVmm, ToVmm> _call;
    private readonly CancellationTokenSource _closing;
    private readonly SessionRequests _requests;

    private SessionLink(
        AsyncDuplexStreamingCall<FromVmm, ToVmm> call, CancellationTokenSource closing, SessionRequests requests)
    {
        _call = call;
        _closing = closing;
        _requests = requests;
    }

    private volatile bool _isCompleting;

    /// <summary>Whether somebody is sending. Guarded by the lock of the requests.</summary>
    public bool IsPumping { get; set; }

    /// <summary>Opens a stream and attaches.</summary>
    public static async Task<(SessionLink Link, Attached Terms)> OpenAsync(
        ServiceConnection connection,
        AttachRequest attach,
        SessionRequests requests,
        CancellationToken cancellationToken)
    {
        // Nothing but the opening ends with the caller's patience.
        var closing = new CancellationTokenSource();
        var call = connection.Vmm.Attach(new CallOptions(cancellationToken: closing.Token));
        var link = new SessionLink(call, closing, requests);
        try
        {
            await using var registration = cancellationToken.UnsafeRegister(
                static link => ((SessionLink)link!).Close(), link).ConfigureAwait(false);
            await link.WriteFirstAsync(new FromVmm { Attach = attach }).ConfigureAwait(false);

            // A stream without a word is one that broke off on its way: the service was stopping, say.
            var first = await link.ReadAsync().ConfigureAwait(false)
                ?? throw new RpcException(
                    new Status(StatusCode.Unavailable, "the service ended the stream before it had begun"));
            return first.Attached is { } terms
                ? (link, terms)
                : throw new VmmSessionEndedException(
                    VmmSessionEnd.ProtocolBroken, "the service did not begin its stream with Attached");
        }
        catch
        {
            link.Dispose();
            throw;
        }
    }

    /// <summary>The next message; null at the stream's end.</summary>
    public async Task<ToVmm?> ReadAsync() =>
        await _call.ResponseStream.MoveNext(CancellationToken.None).ConfigureAwait(false)
            ? _call.ResponseStream.Current
            : null;

    /// <summary>Sends what there is to send, unless somebody is doing so already.</summary>
    public void Pump()
    {
        if (_requests.TakeFirst(this) is { } first)
        {
            _ = PumpAsync(first);
        }
    }

    /// <summary>Says no more, as soon as nobody is sending; the service is about to end the stream.</summary>
    public void CompleteSoon()
    {
        _isCompleting = true;
        if (_requests.MayComplete(this))
        {
            _ = CompleteAsync();
        }
    }

    /// <summary>Ends the session before it has begun, if the service hears of it in a few seconds.</summary>
    public async Task GiveUpAsync()
    {
        _closing.CancelAfter(GiveUpTimeMax);
        try
        {
            await _call.RequestStream.WriteAsync(new FromVmm { Detach = new Detach() }).ConfigureAwait(false);
            while (await ReadAsync().ConfigureAwait(false) is not null)
            {
                // Nobody wants to know.
            }
        }
        catch (Exception exception) when (IsStreamOver(exception))
        {
            // It is over in any case.
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Breaks the stream off.</summary>
    public void Close() => _closing.Cancel();

    public void Dispose()
    {
        Close();
        _call.Dispose();
    }

    private async Task WriteFirstAsync(FromVmm message)
    {
        try
        {
            await _call.RequestStream.WriteAsync(message).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsStreamOver(exception))
        {
            // The stream has ended already. How, the answer says.
        }
    }

    private async Task CompleteAsync()
    {
        try
        {
            await _call.RequestStream.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (IsStreamOver(exception))
        {
            // It has ended already.
        }
    }

    private async Task PumpAsync(FromVmm message)
    {
        try
        {
            for (FromVmm? next = message; next is not null; next = _requests.TakeNext(this))
            {
                await _call.RequestStream.WriteAsync(next).ConfigureAwait(false);
            }

            if (_isCompleting && _requests.MayComplete(this))
            {
                await CompleteAsync().ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (IsStreamOver(exception))
        {
            // The stream has ended, as who reads it finds; nobody sends on it any more.
        }
    }

    // What writing throws where the stream or its connection has ended. HttpRequestException comes bare, when the
    // server closed the connection between the opening of the stream and the first message.
    public static bool IsStreamOver(Exception exception) =>
        exception is RpcException or InvalidOperationException or OperationCanceledException or IOException
            or HttpRequestException;
}
