using Grpc.Core;
using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <summary>A call that failed: the service refused it, or no service was reached.</summary>
/// <remarks>A cancelled call throws <see cref="OperationCanceledException"/> instead.</remarks>
public sealed class ItsServiceException : Exception
{
    internal ItsServiceException(
        StatusCode statusCode,
        string detail,
        IReadOnlyList<ErrorDetail> problems,
        bool isUnreachable,
        Exception? inner)
        : base(ProblemText.Summarize(detail, problems), inner)
    {
        StatusCode = statusCode;
        Detail = detail;
        Problems = problems;
        IsUnreachable = isUnreachable;
    }

    /// <summary>The gRPC status.</summary>
    public StatusCode StatusCode { get; }

    /// <summary>The sentence that came with the status.</summary>
    public string Detail { get; }

    /// <summary>Each problem that the service found. Empty when it sent none.</summary>
    public IReadOnlyList<ErrorDetail> Problems { get; }

    /// <summary>No answer came from a service: nothing listens there, or what listens is no ItsService.</summary>
    public bool IsUnreachable { get; }

    /// <summary>How many problems the service found. Of many it sends the first ones only.</summary>
    public int ProblemCount =>
        Problems.Count == 0 ? 0 : (int)Math.Clamp(Problems[0].FoundCount, (uint)Problems.Count, int.MaxValue);

    /// <summary>The first problem's reason, or Unspecified.</summary>
    public ErrorReason Reason => Problems.Count > 0 ? Problems[0].Reason : ErrorReason.Unspecified;

    /// <summary>One readable line for each problem.</summary>
    public IEnumerable<string> ProblemLines => Problems.Select(ProblemText.Describe);

    /// <summary>For an access of a batch that could not be made.</summary>
    internal static ItsServiceException OfAccess(int place, AccessError error)
    {
        var problem = new ErrorDetail
        {
            Reason = error.Reason,
            Field = $"accesses[{place}]",
            Message = error.Message,
        };
        var detail = ProblemText.Describe(problem);
        return new ItsServiceException(StatusCode.FailedPrecondition, detail, [problem], isUnreachable: false, null);
    }
}
