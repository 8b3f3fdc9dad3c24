namespace ItsService.Server.Sessions;

/// <summary>How long a session outlives its connection, and what becomes of its VM then.</summary>
/// <param name="Duration">How long; null for ever.</param>
/// <param name="Policy">What becomes of the VM.</param>
internal readonly record struct Lease(TimeSpan? Duration, V1.OrphanPolicy Policy)
{
    /// <summary>From a completed spec.</summary>
    public static Lease Of(V1.VmSpec completed) => new(
        completed.Lease.ForEver ? null : TimeSpan.FromMilliseconds(completed.Lease.DurationMs),
        completed.Lease.OrphanPolicy);

    /// <summary>In milliseconds; 0 for ever.</summary>
    public ulong Milliseconds => (ulong)(Duration?.TotalMilliseconds ?? 0);
}
