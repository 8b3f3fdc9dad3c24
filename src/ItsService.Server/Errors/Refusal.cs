using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using RpcStatus = ItsService.Protocol.Rpc.Status;

namespace ItsService.Server.Errors;

/// <summary>Makes the answer to a request that is refused: a status, and a typed detail for each problem.</summary>
internal static class Refusal
{
    /// <summary>The standard trailer for a google.rpc.Status.</summary>
    public const string DetailsTrailer = "grpc-status-details-bin";

    // Together with base64 and grpc-message these stay below the 8 KiB of metadata that many clients take.
    private const int DetailsBytesMax = 4096;
    private const int MessageLengthMax = 1024;

    /// <summary>A refusal for one problem.</summary>
    public static RpcException Of(string resource, in Problem problem) => Of(resource, [problem], foundCount: 1);

    /// <summary>A refusal for several; the status is that of the gravest, which is a malformed request.</summary>
    public static RpcException Of(string resource, IReadOnlyList<Problem> problems, int foundCount)
    {
        var codes = problems.Select(problem => StatusMapping.Of(problem.Reason)).ToArray();
        var code = codes.Contains(StatusCode.InvalidArgument) ? StatusCode.InvalidArgument : codes[0];
        return Of(code, resource, problems, foundCount);
    }

    /// <summary>A refusal with a status of its own.</summary>
    public static RpcException Of(StatusCode code, string resource, IReadOnlyList<Problem> problems, int foundCount)
    {
        var message = Message(problems, foundCount);
        var details = Details(code, message, resource, problems, foundCount);
        return new RpcException(new Status(code, message), new Metadata { { DetailsTrailer, details } });
    }

    /// <summary>The content of the details' trailer.</summary>
    public static byte[] Details(
        StatusCode code, string message, string resource, IReadOnlyList<Problem> problems, int foundCount)
    {
        var status = new RpcStatus { Code = (int)code, Message = message };
        AddDetails(status, resource, problems, foundCount);
        return status.ToByteArray();
    }

    private static void AddDetails(
        RpcStatus status, string resource, IReadOnlyList<Problem> problems, int foundCount)
    {
        foreach (var problem in problems)
        {
            var detail = Any.Pack(problem.ToDetail(resource, foundCount));
            if (status.Details.Count > 0 && status.CalculateSize() + detail.CalculateSize() > DetailsBytesMax)
            {
                return;
            }

            status.Details.Add(detail);
        }
    }

    private static string Message(IReadOnlyList<Problem> problems, int foundCount)
    {
        var message = Problem.Shortened(problems[0].ToString(), MessageLengthMax);
        for (var told = 1; told < foundCount; told++)
        {
            var next = told < problems.Count ? problems[told].ToString() : null;
            if (next is null || message.Length + next.Length > MessageLengthMax)
            {
                return $"{message} | and {foundCount - told} more";
            }

            message = $"{message} | {next}";
        }

        return message;
    }
}
