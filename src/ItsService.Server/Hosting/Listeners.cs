using System.Net;
using System.Net.Sockets;
using ItsService.Server.Operations;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace ItsService.Server.Hosting;

/// <summary>Binds the addresses of the settings: HTTP/2 without TLS, by TCP and by Unix socket.</summary>
internal static class Listeners
{
    // Guest accesses to a Paused VM wait, each on a stream of its own. A VMM with one connection and a thread for each
    // of 512 vCPUs must still get its Resume through.
    private const int StreamsPerConnectionMax = 4096;

    // A peer that has gone without a word would keep what its calls hold.
    private static readonly TimeSpan KeepAlivePingDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan KeepAlivePingTimeout = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Sets Kestrel up. TCP comes first: two services that are started alike then never race for the socket file.
    /// </summary>
    public static void Configure(KestrelServerOptions kestrel, ItsServerOptions options, ConsolePort console)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = options.Limits.ConnectionsMax;
        kestrel.Limits.Http2.MaxStreamsPerConnection = StreamsPerConnectionMax;
        kestrel.Limits.Http2.KeepAlivePingDelay = KeepAlivePingDelay;
        kestrel.Limits.Http2.KeepAlivePingTimeout = KeepAlivePingTimeout;
        // Messages have a limit of their own.
        kestrel.Limits.MaxRequestBodySize = null;
        if (ListenAddress.TryParse(options.Listen, out var endpoint) && endpoint is not null)
        {
            kestrel.Listen(endpoint, UseHttp2);
        }

        if (options.UnixSocketPath != ItsServerOptions.Off)
        {
            kestrel.ListenUnixSocket(Path.GetFullPath(options.UnixSocketPath), UseHttp2);
        }

        if (ListenAddress.TryParse(options.ConsoleListen, out var consoleEndpoint) && consoleEndpoint is not null)
        {
            console.Listen(kestrel, consoleEndpoint);
        }
    }

    /// <summary>Makes the sockets, so that a failure says in one line what is wrong.</summary>
    public static void ConfigureTransport(SocketTransportOptions transport, ItsServerOptions options)
    {
        transport.CreateBoundListenSocket = endpoint => Bind(endpoint, OptionOf(endpoint, options));

        // Otherwise each read is two: one for nothing, that only tells that there is something. A buffer for each
        // connection is what it costs, and there are not many.
        transport.WaitForDataBeforeAllocatingBuffer = false;
    }

    private static void UseHttp2(ListenOptions listen) => listen.Protocols = HttpProtocols.Http2;

    private static string OptionOf(EndPoint endpoint, ItsServerOptions options) => endpoint switch
    {
        UnixDomainSocketEndPoint => "--unix-socket",
        _ when ListenAddress.TryParse(options.Listen, out var listen) && endpoint.Equals(listen) => "--listen",
        _ => "--console",
    };

    private static Socket Bind(EndPoint endpoint, string option)
    {
        try
        {
            return endpoint is UnixDomainSocketEndPoint unix
                ? UnixSocketFile.Bind(unix, unix.ToString())
                : SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        }
        catch (SocketException refusal)
        {
            throw new AddressNotServableException(
                $"{endpoint} {WhatIsWrong(endpoint, refusal)}; choose another with {option}", refusal);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            throw new AddressNotServableException($"{endpoint}: {refusal.Message}", refusal);
        }
    }

    private static string WhatIsWrong(EndPoint endpoint, SocketException refusal) => refusal.SocketErrorCode switch
    {
        // What ENOENT is called here.
        SocketError.AddressNotAvailable when endpoint is UnixDomainSocketEndPoint => "has no directory to lie in",
        SocketError.AddressAlreadyInUse => "is in use by another process",
        SocketError.AccessDenied => "may not be used by this user",
        SocketError.AddressNotAvailable => "is not an address of this machine",
        _ => $"cannot be listened on ({refusal.Message})",
    };
}
