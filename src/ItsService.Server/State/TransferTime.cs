using Grpc.Core;
using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.State;

/// <summary>
/// How long the other side of a transfer may take. Who has a turn must use it: there are few; and a service that stops
/// waits for nobody who does not.
/// </summary>
internal sealed class TransferTime : IDisposable
{
    // What a state is sent or read in; also the longest that either may stand still.
    private static readonly TimeSpan Max = TimeSpan.FromMinutes(1);

    private readonly CancellationToken _call;
    private readonly CancellationToken _stopping;
    private readonly CancellationTokenSource _late;
    private readonly CancellationTokenSource _any;

    /// <summary>Begins to count.</summary>
    public TransferTime(VmSurroundings surroundings, CancellationToken call)
    {
        (_call, _stopping) = (call, surroundings.Stopping);
        _late = new CancellationTokenSource(Max, surroundings.Time);
        _any = CancellationTokenSource.CreateLinkedTokenSource(call, _stopping, _late.Token);
    }

    /// <summary>Something has come through: begins to count anew.</summary>
    public void StartAnew() => _late.CancelAfter(Max);

    /// <summary>Waits as long as there is time for it.</summary>
    /// <param name="vmName">Whose state it is; empty while that is not known.</param>
    /// <param name="whatIsLate">What has not been done in time.</param>
    /// <param name="transfer">What is waited for.</param>
    /// <exception cref="RpcException">The time is over, or the service stops.</exception>
    public async Task<T> WithinAsync<T>(string vmName, string whatIsLate, Func<CancellationToken, Task<T>> transfer)
    {
        try
        {
            return await transfer(_any.Token);
        }
        catch (OperationCanceledException) when (!_call.IsCancellationRequested)
        {
            throw _stopping.IsCancellationRequested
                ? ServiceStop.Unavailable()
                : Refusal.Of(vmName, new Problem(V1.ErrorReason.LimitExceeded, "state", whatIsLate)
                {
                    Accepted = $"within {Max.TotalSeconds} seconds",
                });
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _any.Dispose();
        _late.Dispose();
    }
}
