using Microsoft.Extensions.Logging;

namespace ItsService.Client;

/// <summary>What can be chosen about a client.</summary>
public sealed class ItsClientOptions
{
    /// <summary>
    /// How long one call may take. Null, the default, is for ever: guest accesses and messages wait while a VM is
    /// Paused. What takes as long as a VM has state and memory has no limit: a save, restore, export or import,
    /// and checkpoints that are made, restored or listed.
    /// </summary>
    public TimeSpan? CallTimeout { get; init; }

    /// <summary>How long connecting may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Receives the log of the transport. Null logs nothing.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }
}
