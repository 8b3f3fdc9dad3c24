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
            submission.Preceding = _last;
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

    /// <summary>
    /// GITS_CWRITER was written: what lies outside the queue's used part now has been taken out. That is the last ones,
    /// so the first that is wholly inside ends the search.
    /// </summary>
    public void EndBeyond(CommandQueue queue)
    {
        var usedSlots = queue.UsedSlots;
        while (_last is { } submission)
        {
            var kept = Math.Max(0, usedSlots - queue.SlotsBefore(submission.NextOffset));
            submission.EndBeyond(kept, SubmittedCommandOutcome.Withdrawn);
            if (!RemoveIfEnded(submission))
            {
                return;
            }
        }
    }

    /// <summary>Nobody waits for this one any longer. Its commands stay in the queue.</summary>
    public void Abandon(CommandSubmission submission)
    {
        submission.EndBeyond(keptCount: 0, SubmittedCommandOutcome.Abandoned);
        RemoveIfEnded(submission);
    }

    /// <summary>Whether it has ended.</summary>
    private bool RemoveIfEnded(CommandSubmission submission)
    {
        if (!submission.IsEnded)
        {
            return false;
        }

        if (submission.Preceding is null && submission != _first)
        {
            // It ended before.
            return true;
        }

        var (before, after) = (submission.Preceding, submission.Following);
        if (before is null)
        {
            _first = after;
        }
        else
        {
            before.Following = after;
        }

        if (after is null)
        {
            _last = before;
        }
        else
        {
            after.Preceding = before;
        }

        (submission.Preceding, submission.Following) = (null, null);
        EndedCount++;
        return true;
    }
}
