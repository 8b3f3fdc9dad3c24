using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ItsService.Cli.Tests.Clients.Sessions;

/// <summary>Breaks a stream off inside the server, in place of writing what comes next.</summary>
internal sealed class AnswerCut
{
    private int _isNext;

    public bool HasCut { get; private set; }

    /// <summary>Watches what is written to the answer of a request.</summary>
    public void Watch(HttpContext request) => request.Features.Set<IHttpResponseBodyFeature>(
        new Body(this, request, request.Features.GetRequiredFeature<IHttpResponseBodyFeature>()));

    public void CutNext() => Volatile.Write(ref _isNext, 1);

    private sealed class Body(AnswerCut cut, HttpContext request, IHttpResponseBodyFeature body)
        : IHttpResponseBodyFeature
    {
        public Stream Stream => body.Stream;

        public PipeWriter Writer { get; } = new CutWriter(cut, request, body.Writer);

        public Task CompleteAsync() => body.CompleteAsync();

        public void DisableBuffering() => body.DisableBuffering();

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken) =>
            body.SendFileAsync(path, offset, count, cancellationToken);

        public Task StartAsync(CancellationToken cancellationToken) => body.StartAsync(cancellationToken);
    }

    private sealed class CutWriter(AnswerCut cut, HttpContext request, PipeWriter writer) : PipeWriter
    {
        public override void Advance(int bytes) => writer.Advance(bytes);

        public override void CancelPendingFlush() => writer.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => writer.Complete(exception);

        public override Memory<byte> GetMemory(int sizeHint = 0) => writer.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => writer.GetSpan(sizeHint);

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            if (Interlocked.Exchange(ref cut._isNext, 0) == 0)
            {
                return writer.FlushAsync(cancellationToken);
            }

            cut.HasCut = true;
            request.Abort();
            throw new IOException("the answer was cut off");
        }
    }
}
