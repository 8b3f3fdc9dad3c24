using ItsService.Server.Memory.Remote;

namespace ItsService.Server.Sessions;

/// <summary>
/// A VMM's session with one VM. It outlives its streams. All but the outbox is guarded by the VM's gate.
/// </summary>
internal sealed class VmSession(string token, SessionOutbox outbox)
{
    /// <summary>By what it is known again.</summary>
    public string Token => token;

    /// <summary>What it has to tell.</summary>
    public SessionOutbox Outbox => outbox;

    /// <summary>Where it is attached; null while its connection is lost.</summary>
    public SessionStream? Stream { get; set; }

    /// <summary>What the VMM is asked for, where it serves the VM's remote memory here; null where not.</summary>
    public MemoryRequests? Memory { get; set; }

    /// <summary>Who attached last, and when, for a person.</summary>
    public string AttachedBy { get; set; } = "";

    /// <summary>When its connection was lost, for a person; empty while it is there.</summary>
    public string LostAt { get; set; } = "";

    /// <summary>How often its connection was lost.</summary>
    public int LostCount { get; set; }

    /// <summary>Ends the wait for the VMM.</summary>
    public ITimer? LeaseTimer { get; set; }

    /// <summary>A request that has begun on a stream that may be gone, until it is answered.</summary>
    public Task Begun { get; set; } = Task.CompletedTask;

    /// <summary>As it is told to who finds the VM held.</summary>
    public override string ToString() => LostAt.Length == 0
        ? $"a session of {AttachedBy}"
        : $"a session of {AttachedBy}, whose connection was lost at {LostAt}";

    /// <summary>It waits no longer for its VMM.</summary>
    public void StopLease()
    {
        LeaseTimer?.Dispose();
        LeaseTimer = null;
        LostAt = "";
    }
}
