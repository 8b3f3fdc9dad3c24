using Grpc.Core;
using ItsService.Server.Errors;

namespace ItsService.Server.Machines;

/// <summary>
/// Whether a VM is Paused, and the calls that wait for it to run. Changed inside the VM's gate, but looked at outside
/// as well.
/// </summary>
/// <param name="vm">"vms/{vm}".</param>
/// <param name="waitingMax">How many may wait.</param>
/// <param name="stopping">Ends every wait.</param>
internal sealed class PausedCalls(string vm, int waitingMax, CancellationToken stopping)
{
    /// <summary>Present while Paused; completed when those who wait should look again.</summary>
    private volatile TaskCompletionSource? _changed;

    private int _waitingCount;

    /// <summary>Whether calls have to wait.</summary>
    public bool IsPaused => _changed is not null;

    /// <summary>How many wait.</summary>
    public int WaitingCount => Volatile.Read(ref _waitingCount);

    /// <summary>From now on calls wait.</summary>
    public void Pause() =>
        _changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets those who wait look again, and no more calls wait.</summary>
    public void Release()
    {
        _changed?.TrySetResult();
        _changed = null;
    }

    /// <summary>Takes one more in, inside the gate while the VM is Paused; refuses it where too many wait.</summary>
    /// <param name="goesOn">It is the rest of something that has begun, and may wait in any case.</param>
    /// <returns>What <see cref="WaitAsync"/> waits for, outside the gate.</returns>
    public Task Join(bool goesOn)
    {
        if (!goesOn && WaitingCount >= waitingMax)
        {
            throw Refusal.Of(vm, new Problem(
                V1.ErrorReason.LimitExceeded, "", $"too many calls wait for '{vm}', which is Paused")
            {
                Accepted = $"at most {waitingMax} at a time",
            });
        }

        Interlocked.Increment(ref _waitingCount);
        return _changed!.Task;
    }

    /// <summary>Waits as one who has joined.</summary>
    public async Task WaitAsync(Task changed, CancellationToken call)
    {
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(call, stopping);
            await changed.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            Interlocked.Decrement(ref _waitingCount);
        }

        if (call.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Cancelled, "the call ended while it waited for Resume"));
        }

        if (stopping.IsCancellationRequested)
        {
            throw ServiceStop.Unavailable();
        }
    }
}
