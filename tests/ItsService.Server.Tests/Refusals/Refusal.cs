using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using ItsService.Protocol.V1;
using RpcStatus = ItsService.Protocol.Rpc.Status;

namespace ItsService.Server.Tests.Refusals;

/// <summary>A refused call as its caller sees it: the gRPC status and the typed details of its trailer.</summary>
internal sealed record Refusal(StatusCode Code, string Message, IReadOnlyList<ErrorDetail> Details)
{
    private const string TrailerName = "grpc-status-details-bin";
    private const string TypeUrl = "type.googleapis.com/its.v1.ErrorDetail";

    /// <summary>The one detail of a refusal that has one.</summary>
    public ErrorDetail Detail => Assert.Single(Details);

    /// <summary>Makes the call, which must be refused in the form that errors.proto promises.</summary>
    public static async Task<Refusal> OfAsync(Func<Task> call) => Of(await Assert.ThrowsAsync<RpcException>(call));

    public static Refusal Of(RpcException error)
    {
        var trailer = error.Trailers.GetValueBytes(TrailerName);
        Assert.True(trailer is not null, $"{error.Status} has no {TrailerName}");
        var status = RpcStatus.Parser.ParseFrom(trailer);
        Assert.Equal((int)error.StatusCode, status.Code);
        Assert.Equal(error.Status.Detail, status.Message);
        Assert.NotEmpty(status.Message);
        Assert.NotEmpty(status.Details);
        return new Refusal(error.StatusCode, status.Message, [.. status.Details.Select(Unpack)]);
    }

    private static ErrorDetail Unpack(Any any)
    {
        Assert.Equal(TypeUrl, any.TypeUrl);
        var detail = any.Unpack<ErrorDetail>();
        Assert.Equal("its.v1", detail.Domain);
        Assert.NotEqual(ErrorReason.Unspecified, detail.Reason);
        return detail;
    }
}
