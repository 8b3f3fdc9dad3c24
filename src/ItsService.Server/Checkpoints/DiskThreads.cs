namespace ItsService.Server.Checkpoints;

/// <summary>
/// Work that waits for a disk, on threads of its own: one of the pool that a disk holds up would be missed by the calls
/// of all VMs. There are few: who finds none free waits without one.
/// </summary>
internal sealed class DiskThreads(ItsServerLimits limits) : IDisposable
{
    // For those for whom no turn is counted: lists, deletions, and who asks whether the directory can be used.
    private const int OthersMax = 4;

    private readonly SemaphoreSlim _free = new(limits.StateTransfersMax + OthersMax);

    /// <summary>Runs it.</summary>
    /// <exception cref="OperationCanceledException">The call ended before a thread was free.</exception>
    public async Task<T> RunAsync<T>(Func<T> work, CancellationToken call)
    {
        await _free.WaitAsync(call);
        try
        {
            return await Task.Factory.StartNew(
                work,
                CancellationToken.None,
                TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
                TaskScheduler.Default);
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>No call comes any more.</summary>
    public void Dispose() => _free.Dispose();
}
