namespace ItsService.Server.Checkpoints;

/// <summary>
/// Work that waits for a disk, on a thread of its own: one of the pool that a disk holds up would be missed by the
/// calls of all VMs.
/// </summary>
internal static class OwnThread
{
    /// <summary>Runs it.</summary>
    public static Task<T> RunAsync<T>(Func<T> work) => Task.Factory.StartNew(
        work,
        CancellationToken.None,
        TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
        TaskScheduler.Default);
}
