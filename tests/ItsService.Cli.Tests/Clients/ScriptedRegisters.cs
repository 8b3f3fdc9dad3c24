using System.Net;
using Grpc.Core;
using ItsService.Protocol.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ItsService.Cli.Tests.Clients;

/// <summary>A service that gives one answer to every batch: what the real one does not answer yet.</summary>
internal sealed class ScriptedRegisters : IAsyncDisposable
{
    private readonly WebApplication _application;

    private ScriptedRegisters(WebApplication application)
    {
        _application = application;
    }

    public string Url => _application.Urls.Single();

    public static async Task<ScriptedRegisters> StartAsync(BatchResponse answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(answer);
        var application = builder.Build();
        application.MapGrpcService<Service>();
        await application.StartAsync(TestContext.Current.CancellationToken).WithinLimit();
        return new ScriptedRegisters(application);
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync(CancellationToken.None).WithinLimit();
        await _application.DisposeAsync().AsTask().WithinLimit();
    }

    private sealed class Service(BatchResponse answer) : Registers.RegistersBase
    {
        public override Task<BatchResponse> Batch(BatchRequest request, ServerCallContext context) =>
            Task.FromResult(answer);
    }
}
