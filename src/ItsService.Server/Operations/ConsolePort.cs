using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ItsService.Server.Operations;

/// <summary>
/// The address for those who look after the service: HTTP/1.1, read only. What comes over it is known by its
/// connection, so that nothing of it is served elsewhere and nothing else there.
/// </summary>
internal sealed class ConsolePort
{
    private ListenOptions? _listen;

    /// <summary>Where it is served, once the service has started; null where it is not.</summary>
    public string? Url => _listen?.IPEndPoint is { } endpoint ? $"http://{endpoint}" : null;

    /// <summary>Whether a request came over it.</summary>
    public static bool IsOrigin(HttpContext context) => context.Features.Get<Origin>() is not null;

    /// <summary>Serves it.</summary>
    public void Listen(KestrelServerOptions kestrel, IPEndPoint endpoint) => kestrel.Listen(endpoint, listen =>
    {
        listen.Protocols = HttpProtocols.Http1;
        listen.Use(next => connection =>
        {
            connection.Features.Set(new Origin());
            return next(connection);
        });
        _listen = listen;
    });

    private sealed class Origin;
}
