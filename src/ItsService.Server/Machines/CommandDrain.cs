namespace ItsService.Server.Machines;

/// <summary>
/// Finishes, in the background, what a register write left of the guest's commands: a slice for each entry into the
/// gate, so that others get in between.
/// </summary>
internal sealed class CommandDrain(VmHost host, CancellationToken stopping) : IThreadPoolWorkItem
{
    private const int SliceCommandCount = 256;

    private int _isStarted;

    /// <summary>Sees to it that the waiting commands are run.</summary>
    public void Start()
    {
        if (Interlocked.Exchange(ref _isStarted, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        // Cleared first: the slice starts the drain again when it leaves commands waiting.
        Volatile.Write(ref _isStarted, 0);
        if (!stopping.IsCancellationRequested)
        {
            _ = host.RunSliceAsync(SliceCommandCount);
        }
    }
}
