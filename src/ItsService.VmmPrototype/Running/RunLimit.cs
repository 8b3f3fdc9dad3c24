namespace ItsService.VmmPrototype.Running;

/// <summary>
/// How long a guest may run. When its time is up it stops at the end of its turn; one that waits for the service by
/// then, as for an answer that does not come while the VM is Paused, is given up a little later.
/// </summary>
internal sealed class RunLimit : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    private readonly TimeSpan? _timeout;
    private readonly CancellationTokenSource _deadline = new();
    private readonly CancellationTokenSource _abandoned;
    private readonly CancellationTokenRegistration _stopping;
    private readonly CancellationTokenRegistration _abandoning;

    /// <param name="machine">What is stopped.</param>
    /// <param name="service">What it may wait for.</param>
    /// <param name="timeout">How long it may run; null for ever.</param>
    /// <param name="cancellationToken">Gives it up at once.</param>
    public RunLimit(Machine machine, GuestService service, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        _timeout = timeout;
        _abandoned = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _stopping = _deadline.Token.Register(() =>
        {
            machine.Stop();
            _abandoned.CancelAfter(Grace);
        });
        _abandoning = _abandoned.Token.Register(() =>
        {
            machine.Stop();
            service.Abandon();
        });
    }

    /// <summary>Whether its time is up.</summary>
    public bool HasTimedOut => _deadline.IsCancellationRequested;

    /// <summary>Cancelled when it is given up.</summary>
    public CancellationToken Token => _abandoned.Token;

    /// <summary>Its time begins.</summary>
    public void Begin()
    {
        if (_timeout is { } timeout)
        {
            _deadline.CancelAfter(timeout);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Dispose();
        _abandoning.Dispose();
        _deadline.Dispose();
        _abandoned.Dispose();
    }
}
