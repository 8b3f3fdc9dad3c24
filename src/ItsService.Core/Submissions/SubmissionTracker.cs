using ItsService.Core.Commands;

namespace ItsService.Core.Submissions;

/// <summary>
/// The submissions of one ITS that have commands between GITS_CREADR and GITS_CWRITER, in the order of their slots. All
/// slots that wait here lie in the queue, so there are never more of them than the queue has, and each offset stands
/// for one of them at most.
/// </summary>
internal sealed class SubmissionTracker
{
    private CommandSubmission? _first;
    private CommandSubmission? _last;

    /// <summary>Whether anything waits.</summary>
    public bool IsWatching => _first is not null;

    /// <summary>How many submissions have ended.</summary>
    public long EndedCount { get; private set; }

    /// <summary>Takes a submission whose slots begin where the queue ended until now.</summary>
    public void Add(CommandSubmission submission)
    {
        if (_last is null)
        {
            _first = submission;
        }
        else
        {
            _last.Following = submission;
        }

        _last = submission;
    }

    /// <summary>The ITS has read a slot, which may be a submitted one.</summary>
    public void Take(uint offset, ReadOnlySpan<byte> slot, CommandError error, bool isStalled)
    {
        if (_first is { } submission && submission.NextOffset == offset)
        {
            submission.Take(slot, error, isStalled);
            RemoveIfEnded(submission);
        }

        if (isStalled)
        {
            EndAll(SubmittedCommandOutcome.BehindStall);
        }
    }

    /// <summary>Nothing that waits will be executed as things are.</summary>
    public void EndAll(SubmittedCommandOutcome why)
    {
        while (_first is { } submission)
        {
            submission.EndBeyond(keptCount: 0, why);
            RemoveIfEnded(submission);
        }
    }

    /// <summary>GITS_CWRITER was written: what lies outside the queue's used part now has been taken out.</summary>
    public void EndBeyond(CommandQueue queue)
    {
        var following = _first;
        while (following is { } submission)
        {
            following = submission.Following;
            var kept = queue.UsedSlots - queue.SlotsBefore(submission.NextOffset);
            submission.EndBeyond(Math.Max(0, kept), SubmittedCommandOutcome.Withdrawn);
            RemoveIfEnded(submission);
        }
    }

    /// <summary>Nobody waits for this one any longer. Its commands stay in the queue.</summary>
    public void Abandon(CommandSubmission submission)
    {
        submission.EndBeyond(keptCount: 0, SubmittedCommandOutcome.Abandoned);
        RemoveIfEnded(submission);
    }

    private void RemoveIfEnded(CommandSubmission submission)
    {
        if (!submission.IsEnded)
        {
            return;
        }

        CommandSubmission? before = null;
        for (var each = _first; each != submission; each = each.Following)
        {
            if (each is null)
            {
                return;
            }

            before = each;
        }

        if (before is null)
        {
            _first = submission.Following;
        }
        else
        {
            before.Following = submission.Following;
        }

        _last = _last == submission ? before : _last;
        submission.Following = null;
        EndedCount++;
    }
}
