using Grpc.Core;
using ItsService.Server.Errors;
using RpcStatus = ItsService.Protocol.Rpc.Status;

namespace ItsService.Server.Sessions;

/// <summary>What a refusal means to a session: the answer to one request, or the end of the stream.</summary>
internal static class SessionErrors
{
    /// <summary>
    /// Whether nothing more can be said here: the VM is gone or faulted, or the stream has ended.
    /// </summary>
    public static bool EndsStream(RpcException refusal) =>
        refusal.StatusCode is StatusCode.Cancelled or StatusCode.NotFound or StatusCode.Internal or StatusCode.Aborted
        || Details(refusal).Any(detail => detail.Reason == V1.ErrorReason.VmFaulted);

    /// <summary>As the answer to a request.</summary>
    public static V1.ToVmm ToAnswer(ulong sequence, RpcException refusal) => new()
    {
        Answer = new V1.VmmAnswer
        {
            Sequence = sequence,
            Error = new V1.RequestError
            {
                Code = (uint)refusal.StatusCode,
                Message = refusal.Status.Detail,
                Details = { Details(refusal) },
            },
        },
    };

    private static IEnumerable<V1.ErrorDetail> Details(RpcException refusal) =>
        refusal.Trailers.GetValueBytes(Refusal.DetailsTrailer) is { } bytes
            ? RpcStatus.Parser.ParseFrom(bytes).Details.Select(any => any.Unpack<V1.ErrorDetail>())
            : [];
}
