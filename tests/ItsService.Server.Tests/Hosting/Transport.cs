namespace ItsService.Server.Tests.Hosting;

/// <summary>How a test's client reaches the server.</summary>
public enum Transport
{
    /// <summary>HTTP/2 without TLS on the loopback address.</summary>
    Tcp,

    /// <summary>HTTP/2 without TLS on a Unix socket.</summary>
    UnixSocket,
}
