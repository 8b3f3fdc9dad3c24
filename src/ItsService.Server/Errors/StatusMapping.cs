using Grpc.Core;

namespace ItsService.Server.Errors;

/// <summary>From the reason of a refusal to its gRPC status; the only place where the two meet.</summary>
internal static class StatusMapping
{
    /// <summary>
    /// INVALID_ARGUMENT for what is wrong whatever the server's state, NOT_FOUND for a VM or a checkpoint that is
    /// not there, DATA_LOSS for one that is not as it was written,
    /// OUT_OF_RANGE for a place in a VM where nothing is, RESOURCE_EXHAUSTED for a limit or for room that is in use,
    /// FAILED_PRECONDITION for a state that does not fit, ABORTED where another has come in between, DEADLINE_EXCEEDED
    /// for work that a call gave a time.
    /// </summary>
    public static StatusCode Of(V1.ErrorReason reason) => reason switch
    {
        V1.ErrorReason.VmNotFound => StatusCode.NotFound,
        V1.ErrorReason.CheckpointNotFound => StatusCode.NotFound,
        V1.ErrorReason.NoFrame => StatusCode.OutOfRange,
        V1.ErrorReason.NoMemory => StatusCode.OutOfRange,
        V1.ErrorReason.VmExists => StatusCode.AlreadyExists,
        V1.ErrorReason.LimitExceeded => StatusCode.ResourceExhausted,
        V1.ErrorReason.QueueFull => StatusCode.ResourceExhausted,
        V1.ErrorReason.VmFaulted => StatusCode.FailedPrecondition,
        V1.ErrorReason.WrongState => StatusCode.FailedPrecondition,
        V1.ErrorReason.FrameNotPlaced => StatusCode.FailedPrecondition,
        V1.ErrorReason.ReadOnlyMemory => StatusCode.FailedPrecondition,
        V1.ErrorReason.QueueNotValid => StatusCode.FailedPrecondition,
        V1.ErrorReason.ItsDisabled => StatusCode.FailedPrecondition,
        V1.ErrorReason.QueuePointerOutOfRange => StatusCode.FailedPrecondition,
        V1.ErrorReason.QueueStalled => StatusCode.FailedPrecondition,
        V1.ErrorReason.QueueTooSmall => StatusCode.FailedPrecondition,
        V1.ErrorReason.AlreadyPlaced => StatusCode.FailedPrecondition,
        V1.ErrorReason.InconsistentState => StatusCode.FailedPrecondition,
        V1.ErrorReason.StateNotInMemory => StatusCode.FailedPrecondition,
        V1.ErrorReason.AlreadyMapped => StatusCode.FailedPrecondition,
        V1.ErrorReason.CommandsInFlight => StatusCode.FailedPrecondition,
        V1.ErrorReason.NotSaveable => StatusCode.FailedPrecondition,
        V1.ErrorReason.StateDirectoryUnusable => StatusCode.FailedPrecondition,
        V1.ErrorReason.AwaitsInit => StatusCode.FailedPrecondition,
        V1.ErrorReason.MemoryUnusable => StatusCode.FailedPrecondition,
        V1.ErrorReason.MemoryServed => StatusCode.FailedPrecondition,
        V1.ErrorReason.MemoryNotAnswered => StatusCode.DeadlineExceeded,
        V1.ErrorReason.SessionHeld => StatusCode.FailedPrecondition,
        V1.ErrorReason.SessionNotFound => StatusCode.NotFound,
        V1.ErrorReason.SessionTakenOver => StatusCode.Aborted,
        V1.ErrorReason.CheckpointDamaged => StatusCode.DataLoss,
        V1.ErrorReason.DrainDeadline => StatusCode.DeadlineExceeded,
        _ => StatusCode.InvalidArgument,
    };
}
