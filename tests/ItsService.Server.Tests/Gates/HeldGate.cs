using ItsService.Server.Machines;

namespace ItsService.Server.Tests.Gates;

/// <summary>An entry into a VM's gate that lasts until it is told to end, on a thread of its own.</summary>
internal sealed class HeldGate : IAsyncDisposable
{
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _release = new();
    private readonly Task _held;

    private HeldGate(VmHost host) => _held = Task.Factory.StartNew(
        () => host.EnterAsync<Hold, Done>(new Hold(this), CancellationToken.None).AsTask(),
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default).Unwrap();

    /// <summary>Returns as soon as the gate is held.</summary>
    public static async Task<HeldGate> HoldAsync(VmHost host)
    {
        var gate = new HeldGate(host);
        await gate._entered.Task.WithinLimit();
        return gate;
    }

    /// <summary>Ends the entry.</summary>
    public Task ReleaseAsync()
    {
        _release.Set();
        return _held.WithinLimit();
    }

    public async ValueTask DisposeAsync()
    {
        await ReleaseAsync();
        _release.Dispose();
    }

    private readonly struct Hold(HeldGate gate) : IVmOperation<Done>
    {
        public Done Run(VmContent vm)
        {
            gate._entered.SetResult();
            gate._release.Wait();
            return default;
        }
    }
}
