namespace ItsService.StandIns.Tests.Calls;

/// <summary>How a test's client reaches its server.</summary>
public enum Transport
{
    /// <summary>HTTP/2 without TLS on the loopback address.</summary>
    Tcp,

    /// <summary>HTTP/2 without TLS on a Unix socket.</summary>
    UnixSocket,
}
