using Grpc.Core;
using ItsService.StandIns.Tests.Protos;

namespace ItsService.StandIns.Tests.Calls;

/// <summary>The service of <c>echo.proto</c>.</summary>
internal sealed class EchoService(CallProbe probe) : Echo.EchoBase
{
    public const string HeaderName = "x-header";
    public const string BinaryHeaderName = "x-header-bin";
    public const string TrailerName = "x-trailer";
    public const string BinaryTrailerName = "x-trailer-bin";

    public static readonly byte[] BinaryTrailer = [0, 1, 0xfe, 0xff];

    public override async Task<Message> Say(Message request, ServerCallContext context)
    {
        var headers = new Metadata();
        foreach (Metadata.Entry header in context.RequestHeaders)
        {
            if (header.Key is HeaderName or BinaryHeaderName)
            {
                headers.Add(header);
            }
        }

        await context.WriteResponseHeadersAsync(headers).WithinLimit();
        context.ResponseTrailers.Add(TrailerName, "said");
        return request;
    }

    public override async Task<Message> Join(IAsyncStreamReader<Message> requestStream, ServerCallContext context)
    {
        var words = new List<string>();
        await foreach (Message request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            words.Add(request.Text);
        }

        return new Message { Text = string.Join(' ', words) };
    }

    public override async Task Split(
        Message request,
        IServerStreamWriter<Message> responseStream,
        ServerCallContext context)
    {
        foreach (string word in request.Text.Split(' '))
        {
            await responseStream.WriteAsync(new Message { Text = word }, context.CancellationToken).WithinLimit();
        }
    }

    public override async Task Chat(
        IAsyncStreamReader<Message> requestStream,
        IServerStreamWriter<Message> responseStream,
        ServerCallContext context)
    {
        while (await requestStream.MoveNext().WithinLimit())
        {
            await responseStream.WriteAsync(requestStream.Current).WithinLimit();
        }
    }

    public override Task<Message> Fail(Message request, ServerCallContext context)
    {
        var trailers = new Metadata { { TrailerName, "failed" }, { BinaryTrailerName, BinaryTrailer } };
        throw new RpcException(new Status(StatusCode.FailedPrecondition, request.Text), trailers);
    }

    public override async Task<Message> Wait(Message request, ServerCallContext context)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (context.CancellationToken.Register(cancelled.SetResult))
        {
            probe.ReportWaiting();
            await cancelled.Task.WithinLimit();
        }

        probe.ReportCancelled();
        return request;
    }
}
