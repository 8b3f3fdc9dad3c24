using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ItsService.Cli.Tests.Clients;

/// <summary>A server of one gRPC service that is made for a test, on a free port.</summary>
internal sealed class ScriptedService : IAsyncDisposable
{
    private readonly WebApplication _application;

    private ScriptedService(WebApplication application)
    {
        _application = application;
    }

    public string Url => _application.Urls.Single();

    /// <typeparam name="TService">The gRPC service, whose constructor takes the script.</typeparam>
    /// <typeparam name="TScript">What it is to do.</typeparam>
    public static async Task<ScriptedService> StartAsync<TService, TScript>(TScript script)
        where TService : class
        where TScript : class
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(script);
        var application = builder.Build();
        application.MapGrpcService<TService>();
        await application.StartAsync(TestContext.Current.CancellationToken).WithinLimit();
        return new ScriptedService(application);
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync(CancellationToken.None).WithinLimit();
        await _application.DisposeAsync().AsTask().WithinLimit();
    }
}
