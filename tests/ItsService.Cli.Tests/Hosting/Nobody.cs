using System.Net;
using System.Net.Sockets;

namespace ItsService.Cli.Tests.Hosting;

/// <summary>Addresses where no ItsService answers.</summary>
internal static class Nobody
{
    // Bound for as long as the tests run and never listening: connections are refused, and no server gets the port.
    private static readonly Socket Bound = Bind();

    /// <summary>A port where nobody listens.</summary>
    public static string FreePort() => $"http://{Bound.LocalEndPoint}";

    /// <summary>A socket that does not exist.</summary>
    public static string AbsentSocket() =>
        $"unix:{Path.Combine(Path.GetTempPath(), $"its-absent-{Guid.NewGuid():n}.sock")}";

    private static Socket Bind()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}
