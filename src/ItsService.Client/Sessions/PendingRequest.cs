using ItsService.Protocol.V1;

namespace ItsService.Client.Sessions;

/// <summary>A request that was made and is not answered, with the message that may have to be sent again.</summary>
internal sealed class PendingRequest(VmmRequest request)
    : TaskCompletionSource<VmmAnswer>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public FromVmm Message { get; } = new() { Request = request };

    public ulong Sequence => Message.Request.Sequence;

    /// <summary>How many bytes it, or its answer, may take in the service beyond the few that any takes.</summary>
    public long LargeBytes { get; } = VmmRequests.LargeBytesOf(request);
}
