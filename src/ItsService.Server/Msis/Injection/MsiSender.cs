namespace ItsService.Server.Msis.Injection;

/// <summary>What a VM has taken of one sender of messages, over all its streams. Guarded by the VM's gate.</summary>
/// <param name="token">By which it is known again; empty for who does not come back.</param>
internal sealed class MsiSender(string token)
{
    /// <summary>By which it is known again.</summary>
    public string Token => token;

    /// <summary>Its stream; null while it has none.</summary>
    public InjectionStream? Stream { get; set; }

    /// <summary>What has been taken.</summary>
    public MsiAccount Account { get; set; }
}

/// <summary>How many messages a sender has sent, and what became of them.</summary>
/// <param name="Sequence">The last batch.</param>
/// <param name="Accepted">The records of all batches.</param>
/// <param name="Pended">Those that made their LPI pending.</param>
/// <param name="Coalesced">Those whose LPI was pending.</param>
internal readonly record struct MsiAccount(ulong Sequence, ulong Accepted, ulong Pended, ulong Coalesced)
{
    /// <summary>Those that came to nothing.</summary>
    public ulong Dropped => Accepted - Pended - Coalesced;
}
