using ItsService.Server.Errors;

namespace ItsService.Server.Accesses;

/// <summary>Whether a VM has a vCPU, an ITS or a distributor of this number.</summary>
internal static class IndexCheck
{
    /// <summary>Notes an index that is out of range.</summary>
    public static void Check(
        uint index, int count, string what, FieldPath path, string field, RequestProblems problems)
    {
        if (index >= count)
        {
            problems.Add(new Problem(V1.ErrorReason.OutOfRange, path.Of(field), $"there is no {what} {index}")
            {
                Accepted = count == 1 ? "0" : $"0..{count - 1}",
            });
        }
    }
}
