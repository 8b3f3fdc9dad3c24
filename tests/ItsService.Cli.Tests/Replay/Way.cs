namespace ItsService.Cli.Tests.Replay;

/// <summary>How a replay reaches a service.</summary>
public enum Way
{
    /// <summary>The server of the test, over TCP.</summary>
    Tcp,

    /// <summary>The server of the test, over its Unix socket.</summary>
    UnixSocket,

    /// <summary>A service that itsctl starts itself.</summary>
    Embedded,
}
