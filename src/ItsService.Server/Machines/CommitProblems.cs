using ItsService.Core.GuestTables;
using ItsService.Core.Userspace;
using ItsService.Server.Errors;

namespace ItsService.Server.Machines;

/// <summary>What stands against state that came from outside the guest, as it is told on the wire.</summary>
internal static class CommitProblems
{
    /// <summary>One for each; none when it is in force.</summary>
    public static FoundProblems Of(CommitResult result) => Of(result, ToProblem);

    /// <summary>The same, each told as <paramref name="toProblem"/> tells it.</summary>
    public static FoundProblems Of(CommitResult result, Func<RestoreProblem, Problem> toProblem)
    {
        AccessEnd.MustBeDone(result.Status, result.Missing);
        var listed = result.Problems.Where(problem => problem.UnlistedCount == 0).Select(toProblem).ToArray();
        var count = listed.Length + result.Problems.Sum(problem => problem.UnlistedCount);
        return new FoundProblems(listed, (int)Math.Min(count, int.MaxValue));
    }

    /// <summary>Whether it is the service that has no more memory for the guest's, which is RAM.</summary>
    public static bool IsRoomUsedUp(in RestoreProblem problem) => problem.Kind == RestoreProblemKind.MemoryFailed;

    /// <summary>That is told as where a guest's memory is written for a VMM, and not as a guest's mistake.</summary>
    public static Problem RoomUsedUp(in RestoreProblem problem) => new(
        V1.ErrorReason.LimitExceeded,
        problem.Path,
        $"{problem.Message}; the VM's hosted memory, or the service's, is used up")
    {
        Errno = Errno.NotInRam,
    };

    private static Problem ToProblem(RestoreProblem problem)
    {
        if (IsRoomUsedUp(problem))
        {
            return RoomUsedUp(problem);
        }

        var (reason, errno) = problem.Kind switch
        {
            RestoreProblemKind.NotInRam => (V1.ErrorReason.StateNotInMemory, Errno.NotInRam),
            RestoreProblemKind.Twice => (V1.ErrorReason.AlreadyMapped, Errno.Exists),
            _ => (V1.ErrorReason.InconsistentState, Errno.InvalidValue),
        };
        return new Problem(reason, problem.Path, problem.Message) { Errno = errno };
    }
}
