using System.Net;
using System.Net.Sockets;

namespace ItsService.Cli.Tests.Hosting;

/// <summary>Addresses where no ItsService answers.</summary>
internal static class Nobody
{
    /// <summary>A port that was free a moment ago.</summary>
    public static string FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return $"http://{listener.LocalEndpoint}";
    }

    /// <summary>A socket that does not exist.</summary>
    public static string AbsentSocket() =>
        $"unix:{Path.Combine(Path.GetTempPath(), $"its-absent-{Guid.NewGuid():n}.sock")}";
}
