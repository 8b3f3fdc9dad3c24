using ItsService.Protocol.V1;

namespace ItsService.Client.Sessions;

/// <summary>A request that was made and is not answered, with the message that may have to be sent again.</summary>
internal sealed class PendingRequest(VmmRequest request)
    : TaskCompletionSource<VmmAnswer>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public FromVmm Message { get; } = new() { Request = request };

    public ulong Sequence => Message.Request.Sequence;

    /// <summary>How many bytes of guest memory its answer may have.</summary>
    public long MemoryBytes { get; } = VmmRequests.MemoryBytesOf(request);
}
