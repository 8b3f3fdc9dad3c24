using System.Collections.Concurrent;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace ItsService.Server.Tests.Telemetry.Otlp;

/// <summary>
/// An OTLP receiver, over gRPC and over HTTP: it decodes what comes, keeps it, and tells when what is waited for has
/// come.
/// </summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ConcurrentQueue<IMessage> _received = new();

    private Collector(WebApplication application)
    {
        _application = application;
    }

    /// <summary>For OTEL_EXPORTER_OTLP_ENDPOINT.</summary>
    public string Url => _application.Urls.Single();

    public static async Task<Collector> StartAsync(HttpProtocols protocol)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(
            kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = protocol));
        builder.Services.AddRoutingCore();
        var application = builder.Build();
        var collector = new Collector(application);
        application.Run(collector.ReceiveAsync);
        await application.StartAsync(TestContext.Current.CancellationToken).WithinLimit();
        return collector;
    }

    /// <summary>Waits for something among what has come, or comes.</summary>
    public async Task<T> WaitAsync<T>(Func<IEnumerable<IMessage>, T?> find)
        where T : class
    {
        for (var deadline = DateTime.UtcNow + TestTimeout.Limit; DateTime.UtcNow < deadline;)
        {
            if (find(_received) is { } found)
            {
                return found;
            }

            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.Fail($"it has not come; what has: {string.Join('\n', _received.Select(one => one.ToString()))}");
        return null!;
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync().WithinLimit();
        await _application.DisposeAsync();
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var isGrpc = context.Request.ContentType == "application/grpc";
        var message = body.ToArray().AsMemory(isGrpc ? 5 : 0);
        MessageParser parser = context.Request.Path.Value switch
        {
            "/v1/traces" or "/opentelemetry.proto.collector.trace.v1.TraceService/Export" => TracesRequest.Parser,
            "/v1/logs" or "/opentelemetry.proto.collector.logs.v1.LogsService/Export" => LogsRequest.Parser,
            _ => MetricsRequest.Parser,
        };
        _received.Enqueue(parser.ParseFrom(message.Span));
        if (isGrpc)
        {
            // An empty answer, and that all is well.
            context.Response.ContentType = "application/grpc";
            await context.Response.BodyWriter.WriteAsync(new byte[5]);
            context.Response.AppendTrailer("grpc-status", "0");
        }
    }
}
