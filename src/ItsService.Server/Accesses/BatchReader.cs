using ItsService.Core;
using ItsService.Protocol.Wire;
using ItsService.Server.Errors;
using ItsService.Server.Wire;

namespace ItsService.Server.Accesses;

/// <summary>
/// From a BatchRequest to a plan. All accesses are checked, and all problems told, before the first is made.
/// </summary>
internal static class BatchReader
{
    // What an answer takes beside the bytes that were read: for each access, and for the lines of 512 vCPUs.
    private const ulong ResultOverheadBytes = 32;
    private const ulong LinesBytesMax = 16 << 10;

    /// <summary>The plan; throws a refusal when anything is wrong with any access.</summary>
    public static BatchPlan Read(
        VirtualGicConfiguration shape, ReceivedBatch request, ItsServerLimits limits, RequestProblems problems)
    {
        if (request.AccessCount > limits.BatchAccessesMax)
        {
            request.ThrowIfMalformed();
        }

        CheckCount(request.AccessCount, limits, problems);

        var plan = new BatchPlan(request.AccessCount);
        try
        {
            var readBytes = 0UL;
            var reader = new WireReader(request.Message.Span);
            for (var index = 0; ReceivedBatch.TryReadNext(ref reader, out var message); index++)
            {
                var access = WireAccess.TryRead(message, out var fields)
                    ? WireAccessReader.Read(shape, fields, request.Before(reader.Position), index, limits, problems)
                    : AccessReader.Read(shape, V1.Access.Parser.ParseFrom(message), index, limits, problems);
                readBytes += access.Kind == PlannedAccessKind.ReadMemory ? access.Range.LengthBytes : 0;
                plan.Add(access);
            }

            CheckAnswerSize(readBytes, request.AccessCount, limits, problems);
            problems.ThrowIfAny();
            return plan;
        }
        catch
        {
            plan.Dispose();
            throw;
        }
    }

    /// <summary>The same from accesses that were parsed.</summary>
    public static BatchPlan Read(
        VirtualGicConfiguration shape, IReadOnlyList<V1.Access> accesses, ItsServerLimits limits,
        RequestProblems problems)
    {
        CheckCount(accesses.Count, limits, problems);
        var plan = new BatchPlan(accesses.Count);
        try
        {
            var readBytes = 0UL;
            for (var index = 0; index < accesses.Count; index++)
            {
                var access = AccessReader.Read(shape, accesses[index], index, limits, problems);
                readBytes += access.Kind == PlannedAccessKind.ReadMemory ? access.Range.LengthBytes : 0;
                plan.Add(access);
            }

            CheckAnswerSize(readBytes, accesses.Count, limits, problems);
            problems.ThrowIfAny();
            return plan;
        }
        catch
        {
            plan.Dispose();
            throw;
        }
    }

    private static void CheckCount(int count, ItsServerLimits limits, RequestProblems problems)
    {
        if (count > limits.BatchAccessesMax)
        {
            problems.Add(new Problem(V1.ErrorReason.LimitExceeded, "accesses", $"{count} accesses in one batch")
            {
                Accepted = $"at most {limits.BatchAccessesMax}",
            });
            problems.ThrowIfAny();
        }
    }

    // What one request makes the service send back is bounded as what it may take.
    private static void CheckAnswerSize(
        ulong readBytes, int accessCount, ItsServerLimits limits, RequestProblems problems)
    {
        var overheadBytes = ((ulong)accessCount * ResultOverheadBytes) + LinesBytesMax;
        if (readBytes != 0 && readBytes + overheadBytes > (ulong)limits.MessageBytesMax)
        {
            problems.Add(new Problem(
                V1.ErrorReason.LimitExceeded, "accesses", $"{readBytes} bytes of memory to read in one batch")
            {
                Accepted = $"what fits in an answer of {limits.MessageBytesMax} bytes with everything else",
            });
        }
    }
}
