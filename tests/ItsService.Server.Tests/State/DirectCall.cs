using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace ItsService.Server.Tests.State;

/// <summary>A call that comes by no connection: a test is its caller.</summary>
internal sealed class DirectCall(CancellationToken cancellation) : ServerCallContext
{
    protected override string MethodCore => "";

    protected override string HostCore => "";

    protected override string PeerCore => "";

    protected override DateTime DeadlineCore => DateTime.MaxValue;

    protected override Metadata RequestHeadersCore { get; } = [];

    protected override CancellationToken CancellationTokenCore => cancellation;

    protected override Metadata ResponseTrailersCore { get; } = [];

    protected override Status StatusCore { get; set; }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore { get; } = new(null, []);

    // Where the service's library looks for the request.
    protected override IDictionary<object, object> UserStateCore { get; } =
        new Dictionary<object, object> { ["__HttpContext"] = new DefaultHttpContext() };

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
        throw new NotSupportedException("No call is made within this one.");

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) => Task.CompletedTask;
}
