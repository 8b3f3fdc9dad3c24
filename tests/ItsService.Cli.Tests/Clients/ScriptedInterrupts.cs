using System.Net;
using Grpc.Core;
using ItsService.Protocol.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ItsService.Cli.Tests.Clients;

/// <summary>
/// A service that takes all batches of a stream, tells of the first ones alone, and ends the stream with OK: what the
/// real one never does.
/// </summary>
internal sealed class ScriptedInterrupts : IAsyncDisposable
{
    private readonly WebApplication _application;

    private ScriptedInterrupts(WebApplication application)
    {
        _application = application;
    }

    public string Url => _application.Urls.Single();

    /// <param name="told">How many batches are told.</param>
    public static async Task<ScriptedInterrupts> StartAsync(ulong told)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(new Script(told));
        var application = builder.Build();
        application.MapGrpcService<Service>();
        await application.StartAsync(TestContext.Current.CancellationToken).WithinLimit();
        return new ScriptedInterrupts(application);
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync(CancellationToken.None).WithinLimit();
        await _application.DisposeAsync().AsTask().WithinLimit();
    }

    private sealed record Script(ulong Told);

    private sealed class Service(Script script) : Interrupts.InterruptsBase
    {
        public override async Task InjectMsis(
            IAsyncStreamReader<InjectMsisRequest> requestStream,
            IServerStreamWriter<InjectMsisResponse> responseStream,
            ServerCallContext context)
        {
            for (var sequence = 0ul; await requestStream.MoveNext(context.CancellationToken); sequence++)
            {
                if (sequence <= script.Told)
                {
                    await responseStream.WriteAsync(new InjectMsisResponse { Sequence = sequence });
                }
            }
        }
    }
}
