namespace ItsService.Server.Operations;

/// <summary>
/// Whether the service is well: it lives while it answers, and is ready between its start and its stop.
/// </summary>
internal sealed class ServiceHealth(IHostApplicationLifetime lifetime)
{
    /// <summary>Cancelled when it has started.</summary>
    public CancellationToken Started => lifetime.ApplicationStarted;

    /// <summary>Cancelled when it begins to stop.</summary>
    public CancellationToken Stopping => lifetime.ApplicationStopping;

    /// <summary>Whether it takes calls.</summary>
    public bool IsReady =>
        lifetime.ApplicationStarted.IsCancellationRequested && !lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>The same in a word.</summary>
    public string Readiness =>
        lifetime.ApplicationStopping.IsCancellationRequested ? "stopping" : IsReady ? "ready" : "starting";
}
