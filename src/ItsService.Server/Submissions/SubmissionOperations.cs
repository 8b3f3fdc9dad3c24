using ItsService.Core.Submissions;
using ItsService.Server.Machines;

namespace ItsService.Server.Submissions;

/// <summary>Commands that are in the queue.</summary>
/// <param name="Ended">
/// Completed when every command has its result, or the VM has gone; null when all of them had it at once.
/// </param>
/// <param name="Response">The answer; with the changed lines in it when all commands had their results at once.</param>
internal readonly record struct StartedSubmission(Task? Ended, V1.SubmitResponse Response);

/// <summary>Puts commands into a queue, and runs as many as a write of GITS_CWRITER does.</summary>
internal readonly struct SubmitOperation(
    string vmName, int its, CommandSubmission submission, ItsServerLimits limits) : IVmOperation<StartedSubmission>
{
    public StartedSubmission Run(VmContent vm)
    {
        // The part of the queue that was brought for this is older than what the guest may have put there since.
        var result = vm.Gic.Submit(its, submission, runsCommands: !vm.Memory.HasRemote);
        AccessEnd.MustBeDone(result.Status, result.Range);
        if (!result.IsPlaced)
        {
            throw QueueRefusal.Of(vmName, its, vm, submission.Count, result, limits);
        }

        var response = new V1.SubmitResponse();
        if (!submission.IsEnded)
        {
            return new StartedSubmission(vm.Submissions.UntilEndOf(submission), response);
        }

        vm.Lines.Drain(response.ChangedLines);
        return new StartedSubmission(Ended: null, response);
    }
}

/// <summary>Ends the wait for commands, whether or not all have their results.</summary>
/// <param name="its">The ITS's number.</param>
/// <param name="submission">The commands.</param>
/// <param name="response">Takes the changed lines; null when nobody will read it.</param>
internal readonly struct EndSubmissionOperation(int its, CommandSubmission submission, V1.SubmitResponse? response)
    : IVmOperation<Done>
{
    public Done Run(VmContent vm)
    {
        vm.Gic.Abandon(its, submission);
        if (response is not null)
        {
            vm.Lines.Drain(response.ChangedLines);
        }

        return default;
    }
}
