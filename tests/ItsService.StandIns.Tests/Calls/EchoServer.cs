using System.Net;
using System.Net.Sockets;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Net.Client;
using ItsService.StandIns.Tests.Protos;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ItsService.StandIns.Tests.Calls;

/// <summary>The genuine server over Kestrel, with the genuine client connected to it.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly DirectoryInfo _directory;
    private readonly string? _socketPath;

    private EchoServer(WebApplication application, DirectoryInfo directory, string? socketPath)
    {
        _application = application;
        _directory = directory;
        _socketPath = socketPath;
        Address = new Uri(socketPath is null ? application.Urls.Single() : "http://localhost");
        Channel = Connect();
    }

    public Uri Address { get; }

    public GrpcChannel Channel { get; }

    public Echo.EchoClient Client => new(Channel);

    public CallProbe Probe => _application.Services.GetRequiredService<CallProbe>();

    /// <param name="transport">How clients reach the server.</param>
    /// <param name="configure">Changes the gRPC options.</param>
    /// <param name="map">Adds the service; by default with <c>MapGrpcService</c>.</param>
    public static async Task<EchoServer> StartAsync(
        Transport transport,
        Action<GrpcServiceOptions>? configure = null,
        Action<IEndpointRouteBuilder>? map = null)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("standins-");
        string? socketPath = transport == Transport.UnixSocket ? Path.Combine(directory.FullName, "echo.sock") : null;

        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            if (socketPath is null)
            {
                kestrel.Listen(IPAddress.Loopback, 0, UseHttp2);
            }
            else
            {
                kestrel.ListenUnixSocket(socketPath, UseHttp2);
            }
        });
        builder.Services.AddSingleton<CallProbe>();
        builder.Services.AddGrpc(options => configure?.Invoke(options));

        WebApplication application = builder.Build();
        (map ?? (endpoints => endpoints.MapGrpcService<EchoService>()))(application);
        await application.StartAsync(TestContext.Current.CancellationToken).WithinLimit();
        return new EchoServer(application, directory, socketPath);
    }

    /// <summary>Opens another channel, optionally with a handler that sees the HTTP messages.</summary>
    public GrpcChannel Connect(DelegatingHandler? observer = null)
    {
        HttpMessageHandler handler = CreateHandler();
        if (observer is not null)
        {
            observer.InnerHandler = handler;
            handler = observer;
        }

        return GrpcChannel.ForAddress(
            Address,
            new GrpcChannelOptions
            {
                HttpHandler = handler,
                DisposeHttpClient = true,
                Credentials = ChannelCredentials.Insecure,
            });
    }

    public SocketsHttpHandler CreateHandler()
    {
        var handler = new SocketsHttpHandler();
        if (_socketPath is not null)
        {
            handler.ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(_socketPath), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            };
        }

        return handler;
    }

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await _application.StopAsync(CancellationToken.None).WithinLimit();
        await _application.DisposeAsync().AsTask().WithinLimit();
        _directory.Delete(recursive: true);
    }

    private static void UseHttp2(ListenOptions listen) => listen.Protocols = HttpProtocols.Http2;
}
