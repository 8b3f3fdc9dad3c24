using ItsService.Core.GuestTables;
using ItsService.Core.Identifiers;

namespace ItsService.Core.Userspace;

/// <summary>What became of the whole of what was written from outside the guest.</summary>
/// <param name="Status">
/// Ok, also when there are problems; NotResident when memory is to be fetched first; Running where tables are to be
/// saved while the VM runs.
/// </param>
/// <param name="Problems">Why it is not in force; empty when it is.</param>
/// <param name="Missing">What to fetch, when not resident.</param>
public sealed record CommitResult(
    AccessStatus Status, IReadOnlyList<RestoreProblem> Problems, GuestRange Missing = default)
{
    /// <summary>Whether all of it is in force.</summary>
    public bool IsDone => Status == AccessStatus.Ok && Problems.Count == 0;

    internal static CommitResult Running { get; } = new(AccessStatus.Running, []);

    internal static CommitResult Done { get; } = new(AccessStatus.Ok, []);

    internal static CommitResult Refused(IReadOnlyList<RestoreProblem> problems)
    {
        // Without a reason it would be taken for done.
        ArgumentOutOfRangeException.ThrowIfZero(problems.Count);
        return new CommitResult(AccessStatus.Ok, problems);
    }

    internal static CommitResult NotResident(GuestRange missing) => new(AccessStatus.NotResident, [], missing);
}
