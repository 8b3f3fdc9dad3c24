namespace ItsService.Client;

/// <summary>Why a session is no more.</summary>
public enum VmmSessionEnd
{
    /// <summary>The VMM has detached, or disposed of the session.</summary>
    Detached,

    /// <summary>The connection was lost for longer than the lease.</summary>
    LeaseOver,

    /// <summary>Another session has the VM.</summary>
    TakenOver,

    /// <summary>The VM was deleted, or the service was started anew without it.</summary>
    VmGone,

    /// <summary>An error of the service stopped the VM.</summary>
    VmFaulted,

    /// <summary>What service and library said to each other made no sense.</summary>
    ProtocolBroken,

    /// <summary>A callback has thrown the inner exception.</summary>
    CallbackFailed,
}

/// <summary>
/// A session has ended. Whether a request whose answer has not come was executed, nobody knows: with a new session the
/// VMM begins with the lines and the levels as they are.
/// </summary>
public sealed class VmmSessionEndedException : Exception
{
    internal VmmSessionEndedException(VmmSessionEnd cause, string message, Exception? inner = null)
        : base(message, inner)
    {
        Cause = cause;
    }

    /// <summary>Why.</summary>
    public VmmSessionEnd Cause { get; }
}
