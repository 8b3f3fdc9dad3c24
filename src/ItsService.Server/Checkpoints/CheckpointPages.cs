using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.Checkpoints;

/// <summary>
/// Pages of the list of checkpoints. A page token is the name of the last checkpoint of the page before.
/// </summary>
internal static class CheckpointPages
{
    private const uint PageSizeMax = 1000;

    // To read so much takes seconds; after it the caller may end, and others come in between.
    private const long ReadBytesMax = 1L << 30;

    /// <summary>Refuses a request that makes no sense.</summary>
    public static void Check(V1.ListCheckpointsRequest request)
    {
        var problems = new RequestProblems(UntrustedText.Shown(request.Vm));
        if (request.Vm.Length > 0 && !VmName.IsName(request.Vm))
        {
            problems.Add(VmName.WhyNotFound(request.Vm, "vm"));
        }

        if (request.PageSize > PageSizeMax)
        {
            problems.Add(new Problem(
                V1.ErrorReason.OutOfRange, "page_size", $"{request.PageSize} is out of range")
            {
                Accepted = $"1..{PageSizeMax}, or 0 for {PageSizeMax}",
            });
        }

        if (request.PageToken.Length > 0 && !CheckpointName.TryParse(request.PageToken, out _))
        {
            problems.Add(new Problem(
                V1.ErrorReason.MalformedName, "page_token", "this is no token that this service gave")
            {
                Accepted = "next_page_token of the page before",
            });
        }

        problems.ThrowIfAny();
    }

    /// <summary>
    /// One page; it ends early before it would be too large a message, and after so much was read for it.
    /// </summary>
    public static V1.ListCheckpointsResponse Read(
        CheckpointStore store,
        V1.ListCheckpointsRequest request,
        ItsServerLimits limits,
        CancellationToken call,
        long readBytesMax = ReadBytesMax)
    {
        var readBytes = 0L;
        var page = new V1.ListCheckpointsResponse();
        var pageSize = request.PageSize == 0 ? PageSizeMax : request.PageSize;
        var bytes = 0;
        var names = store.Names(request.Vm.Length == 0 ? null : request.Vm);
        var isFirst = !CheckpointName.TryParse(request.PageToken, out var after);
        foreach (var name in names.Where(name => isFirst || name.CompareTo(after) > 0))
        {
            if (page.Checkpoints.Count == pageSize || (readBytes >= readBytesMax && page.Checkpoints.Count > 0))
            {
                page.NextPageToken = page.Checkpoints[^1].Name;
                return page;
            }

            using var file = store.TryRead(name, call);
            if (file?.Describe() is not { } checkpoint)
            {
                // Deleted meanwhile.
                continue;
            }

            readBytes += file.ReadBytes;
            bytes += checkpoint.CalculateSize();
            if (page.Checkpoints.Count > 0 && bytes > limits.MessageBytesMax / 2)
            {
                page.NextPageToken = page.Checkpoints[^1].Name;
                return page;
            }

            page.Checkpoints.Add(checkpoint);
        }

        return page;
    }
}
