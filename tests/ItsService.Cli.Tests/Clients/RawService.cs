using System.Buffers.Binary;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace ItsService.Cli.Tests.Clients;

/// <summary>
/// Keeps the bytes of every request and answers with bytes of the test's own making, in the frames that gRPC has.
/// </summary>
internal sealed class RawService : IAsyncDisposable
{
    private const int FrameHeaderBytes = 5;

    private readonly WebApplication _application;

    private RawService(WebApplication application)
    {
        _application = application;
        application.Run(AnswerAsync);
    }

    public string Url => _application.Urls.Single();

    /// <summary>The message that every call is answered with.</summary>
    public byte[] Answer { get; set; } = [];

    /// <summary>The status and, where there are any, the details that every call ends with.</summary>
    public (int Code, string Message, byte[] Details) End { get; set; }

    /// <summary>The messages that came.</summary>
    public List<(string Method, byte[] Message)> Requests { get; } = [];

    public static async Task<RawService> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var service = new RawService(builder.Build());
        await service._application.StartAsync(TestContext.Current.CancellationToken).WithinLimit();
        return service;
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync(CancellationToken.None).WithinLimit();
        await _application.DisposeAsync().AsTask().WithinLimit();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var request = new MemoryStream();
        await context.Request.Body.CopyToAsync(request, context.RequestAborted);
        Requests.Add((context.Request.Path.ToString(), request.ToArray()[FrameHeaderBytes..]));

        var header = new byte[FrameHeaderBytes];
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(1), Answer.Length);
        context.Response.ContentType = "application/grpc";
        await context.Response.Body.WriteAsync(header, context.RequestAborted);
        await context.Response.Body.WriteAsync(Answer, context.RequestAborted);
        context.Response.AppendTrailer("grpc-status", $"{End.Code}");
        if (End.Code != 0)
        {
            context.Response.AppendTrailer("grpc-message", Uri.EscapeDataString(End.Message));
            context.Response.AppendTrailer("grpc-status-details-bin", Convert.ToBase64String(End.Details));
        }
    }
}
