using System.Net;
using Grpc.Core;

namespace ItsService.Client.Wire;

/// <summary>
/// Lets messages of some streams go out together: one that another follows (<see cref="MoreToCome"/>) waits for it in
/// the connection's buffer, until some 32 KB are there. The gRPC library has each go out by itself, which costs a
/// system call and wakes the server up, and knows no hint for a client.
/// </summary>
/// <param name="inner">Makes the connections.</param>
/// <param name="methods">The streams.</param>
internal sealed class GatheringHandler(HttpMessageHandler inner, params IMethod[] methods) : DelegatingHandler(inner)
{
    private readonly HashSet<string> _paths = [.. methods.Select(method => method.FullName)];

    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is { } content && _paths.Contains(request.RequestUri?.AbsolutePath ?? ""))
        {
            request.Content = new GatheringContent(content);
        }

        return base.SendAsync(request, cancellationToken);
    }

    private sealed class GatheringContent : HttpContent
    {
        private readonly HttpContent _inner;

        public GatheringContent(HttpContent inner)
        {
            _inner = inner;
            foreach (var header in inner.Headers)
            {
                Headers.TryAddWithoutValidation(header.Key, header.Value);
            }
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(
            Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            _inner.CopyToAsync(new GatheringWriter(stream), context, cancellationToken);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
