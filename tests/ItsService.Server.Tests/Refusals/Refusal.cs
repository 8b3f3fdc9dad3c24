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
        ErrorDetail[] details = [.. status.Details.Select(Unpack)];
        var isFirstToMeetAnError =
            error.StatusCode == StatusCode.Internal && details is [{ Reason: ErrorReason.VmFaulted }];
        if (!isFirstToMeetAnError)
        {
            AssertCode(error.StatusCode, [.. details.Select(detail => CodeOf(detail.Reason))]);
        }

        return new Refusal(error.StatusCode, status.Message, details);
    }

    private static ErrorDetail Unpack(Any any)
    {
        Assert.Equal(TypeUrl, any.TypeUrl);
        var detail = any.Unpack<ErrorDetail>();
        Assert.Equal("its.v1", detail.Domain);
        Assert.NotEmpty(detail.Message);
        return detail;
    }

    /// <summary>INVALID_ARGUMENT if one of the problems carries it, else the code of the first.</summary>
    private static void AssertCode(StatusCode code, StatusCode[] ofDetails) =>
        Assert.Equal(
            ofDetails.Contains(StatusCode.InvalidArgument) ? StatusCode.InvalidArgument : ofDetails[0], code);

    private static StatusCode CodeOf(ErrorReason reason) => reason switch
    {
        ErrorReason.VmNotFound or ErrorReason.CheckpointNotFound or ErrorReason.SessionNotFound => StatusCode.NotFound,
        ErrorReason.SessionTakenOver => StatusCode.Aborted,
        ErrorReason.VmExists => StatusCode.AlreadyExists,
        ErrorReason.LimitExceeded or ErrorReason.QueueFull => StatusCode.ResourceExhausted,
        ErrorReason.NoFrame or ErrorReason.NoMemory => StatusCode.OutOfRange,
        ErrorReason.VmFaulted or ErrorReason.FrameNotPlaced or ErrorReason.ReadOnlyMemory or ErrorReason.WrongState
            or ErrorReason.AwaitsInit or ErrorReason.QueueNotValid or ErrorReason.ItsDisabled
            or ErrorReason.QueuePointerOutOfRange
            or ErrorReason.QueueStalled or ErrorReason.QueueTooSmall or ErrorReason.AlreadyPlaced
            or ErrorReason.InconsistentState or ErrorReason.StateNotInMemory or ErrorReason.AlreadyMapped
            or ErrorReason.CommandsInFlight or ErrorReason.NotSaveable
            or ErrorReason.StateDirectoryUnusable or ErrorReason.SessionHeld
            or ErrorReason.MemoryUnusable or ErrorReason.MemoryServed => StatusCode.FailedPrecondition,
        ErrorReason.CheckpointDamaged => StatusCode.DataLoss,
        ErrorReason.DrainDeadline or ErrorReason.MemoryNotAnswered => StatusCode.DeadlineExceeded,
        ErrorReason.Unspecified => throw new ArgumentException("the reason is unspecified", nameof(reason)),
        _ => StatusCode.InvalidArgument,
    };
}
