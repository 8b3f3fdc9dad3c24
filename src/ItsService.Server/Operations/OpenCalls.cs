namespace ItsService.Server.Operations;

/// <summary>
/// Holds a stop up until every call that was open has been answered to its end, and a moment longer, for at most as
/// long as the stop may take. A connection that closes on the heels of a status hides it from clients on .NET that had
/// not ended their side of the stream: they would find a broken connection, and not that the service is stopping.
/// </summary>
/// <param name="lifetime">Of the service.</param>
/// <param name="time">The clock of those who read, whatever clock VMs have.</param>
internal sealed class OpenCalls(IHostApplicationLifetime lifetime, TimeProvider time) : IHostedLifecycleService
{
    // For a client that is about to read why its stream has ended.
    private static readonly TimeSpan Farewell = TimeSpan.FromMilliseconds(200);

    private readonly TaskCompletionSource _noneLeft = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One for the service itself, until it stops.
    private int _count = 1;
    private bool _isStopping;

    /// <summary>Counts a call from here until the last of its answer is written.</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        // Those that come later are ended with their connection: they could come without end.
        if (!lifetime.ApplicationStopping.IsCancellationRequested && TryOpen())
        {
            context.Response.OnCompleted(static calls => ((OpenCalls)calls).CloseAsync(), this);
        }

        return next(context);
    }

    /// <summary>Tells all calls that the service stops, and waits for those that were open.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        lifetime.StopApplication();
        if (Interlocked.Exchange(ref _isStopping, true))
        {
            return;
        }

        await CloseAsync();
        if (!_noneLeft.Task.IsCompleted)
        {
            await _noneLeft.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.Delay(Farewell, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Once none is left, none is waited for any more.
    private bool TryOpen()
    {
        var count = Volatile.Read(ref _count);
        while (count > 0)
        {
            var found = Interlocked.CompareExchange(ref _count, count + 1, count);
            if (found == count)
            {
                return true;
            }

            count = found;
        }

        return false;
    }

    private Task CloseAsync()
    {
        if (Interlocked.Decrement(ref _count) == 0)
        {
            _noneLeft.TrySetResult();
        }

        return Task.CompletedTask;
    }
}
