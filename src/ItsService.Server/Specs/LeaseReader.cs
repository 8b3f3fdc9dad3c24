using ItsService.Server.Errors;

namespace ItsService.Server.Specs;

/// <summary>How long a VM waits for its VMM: checks, and defaults.</summary>
internal static class LeaseReader
{
    private const ulong DefaultMs = 60_000;
    private const ulong MaxMs = 86_400_000;

    /// <summary>Notes what is wrong with it.</summary>
    public static void Check(V1.SessionLease? lease, string field, RequestProblems problems)
    {
        if (lease is null)
        {
            return;
        }

        if (lease.HasDurationMs && lease.DurationMs is 0 or > MaxMs)
        {
            problems.Add(new Problem(
                V1.ErrorReason.OutOfRange, $"{field}.duration_ms", $"{lease.DurationMs} ms is no lease")
            {
                Accepted = $"1..{MaxMs}",
            });
        }

        if (lease.HasDurationMs && lease.ForEver)
        {
            problems.Add(new Problem(
                V1.ErrorReason.OutOfRange, $"{field}.for_ever", "a lease for ever has no duration")
            {
                Accepted = "one of duration_ms and for_ever",
            });
        }

        if (!Enum.IsDefined(lease.OrphanPolicy))
        {
            problems.Add(new Problem(
                V1.ErrorReason.OutOfRange, $"{field}.orphan_policy", $"{(int)lease.OrphanPolicy} is no policy")
            {
                Accepted = "KEEP, PAUSE or DELETE",
            });
        }
    }

    /// <summary>With every default filled in.</summary>
    public static V1.SessionLease Complete(V1.SessionLease? lease)
    {
        var completed = lease?.Clone() ?? new V1.SessionLease();
        if (!completed.HasDurationMs && !completed.ForEver)
        {
            completed.DurationMs = DefaultMs;
        }

        if (completed.OrphanPolicy == V1.OrphanPolicy.Unspecified)
        {
            completed.OrphanPolicy = V1.OrphanPolicy.Keep;
        }

        return completed;
    }
}
