using Grpc.Core;
using ItsService.Protocol.V1;

namespace ItsService.Client.Sessions;

/// <summary>
/// Which ends of a stream are the end of its session. After all others it goes on with the next stream.
/// </summary>
internal static class SessionEnds
{
    /// <summary>The session's end; null when it goes on.</summary>
    /// <param name="reason">How the stream ended; null where the service ended it properly.</param>
    /// <param name="isDetaching">Whether it was to.</param>
    public static VmmSessionEndedException? Of(Exception? reason, bool isDetaching)
    {
        if (reason is null)
        {
            return isDetaching
                ? new VmmSessionEndedException(VmmSessionEnd.Detached, "the session was detached")
                : null;
        }

        if (reason is not RpcException failure)
        {
            return null;
        }

        var reasons = CallFailure.Problems(failure);
        var cause = reasons.Count > 0 ? CauseOf(reasons[0].Reason) : CauseOf(failure.StatusCode);
        return cause is { } found ? new VmmSessionEndedException(found, failure.Status.Detail, failure) : null;
    }

    private static VmmSessionEnd? CauseOf(ErrorReason reason) => reason switch
    {
        ErrorReason.SessionNotFound => VmmSessionEnd.LeaseOver,
        ErrorReason.SessionTakenOver or ErrorReason.SessionHeld => VmmSessionEnd.TakenOver,
        ErrorReason.VmNotFound => VmmSessionEnd.VmGone,
        ErrorReason.VmFaulted => VmmSessionEnd.VmFaulted,
        _ => VmmSessionEnd.ProtocolBroken,
    };

    // Without details it is the transport's, or of the library that carries the messages.
    private static VmmSessionEnd? CauseOf(StatusCode status) => status switch
    {
        StatusCode.InvalidArgument or StatusCode.Unimplemented or StatusCode.ResourceExhausted
            or StatusCode.FailedPrecondition or StatusCode.OutOfRange => VmmSessionEnd.ProtocolBroken,
        _ => null,
    };
}
