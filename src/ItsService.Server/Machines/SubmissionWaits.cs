using ItsService.Core;
using ItsService.Core.Submissions;

namespace ItsService.Server.Machines;

/// <summary>The calls that wait outside the gate for commands which they have put into a queue.</summary>
internal sealed class SubmissionWaits(VirtualGic gic)
{
    private readonly List<Wait> _waits = [];
    private long _endedCount;

    /// <summary>Completed when every command has its result, or the VM goes. Some have none yet.</summary>
    public Task UntilEndOf(CommandSubmission submission)
    {
        var wait = new Wait(
            submission, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _waits.Add(wait);
        return wait.Ended.Task;
    }

    /// <summary>
    /// At the end of each entry: lets those go whose commands have ended. Almost always nobody waits.
    /// </summary>
    public void ReleaseEnded()
    {
        if (_waits.Count != 0 && gic.EndedSubmissionCount is var endedCount && endedCount != _endedCount)
        {
            _endedCount = endedCount;
            _waits.RemoveAll(IsReleased);
        }
    }

    /// <summary>The VM goes: lets all of them go.</summary>
    public void ReleaseAll()
    {
        _waits.ForEach(wait => wait.Ended.TrySetResult());
        _waits.Clear();
    }

    private static bool IsReleased(Wait wait) => wait.Submission.IsEnded && wait.Ended.TrySetResult();

    private readonly record struct Wait(CommandSubmission Submission, TaskCompletionSource Ended);
}
