namespace ItsService.Core.Submissions;

/// <summary>What became of one command of a <see cref="CommandSubmission"/>.</summary>
public enum SubmittedCommandOutcome
{
    /// <summary>It stands in the queue and has not been read yet.</summary>
    Waiting,

    /// <summary>It was executed.</summary>
    Executed,

    /// <summary>It was in error and was passed over; it has changed nothing.</summary>
    Failed,

    /// <summary>It was in error and the queue stalled on it; it has changed nothing.</summary>
    Stalled,

    /// <summary>Not executed: it stands in a queue that stalled on a command before it.</summary>
    BehindStall,

    /// <summary>Not executed: it stands in the queue of an ITS that was disabled.</summary>
    ItsDisabled,

    /// <summary>Not executed: the controller was reset.</summary>
    Reset,

    /// <summary>
    /// Not executed: the controller was given another state, or the queue another place or GITS_CREADR. What is there
    /// now may hold the same command, and then it is executed as the guest's own.
    /// </summary>
    Restored,

    /// <summary>Not executed: GITS_CWRITER was written so that the queue ends before it.</summary>
    Withdrawn,

    /// <summary>Not executed: its slot held something else when the ITS read it, and that was executed.</summary>
    Overwritten,

    /// <summary>Not executed yet: it stands in the queue, and nobody waits for it any longer.</summary>
    Abandoned,
}
