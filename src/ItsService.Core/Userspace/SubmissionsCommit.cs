using ItsService.Core.State;
using ItsService.Core.Submissions;

namespace ItsService.Core.Userspace;

/// <summary>
/// What becomes of submitted commands when what is staged comes into force: those that still wait in the same queue go
/// on waiting, and the others end, as they do when a guest writes the same registers.
/// </summary>
/// <param name="service">The ITS.</param>
/// <param name="wasEnabled">Its GITS_CTLR.Enabled before.</param>
/// <param name="before">Its queue before.</param>
internal readonly struct SubmissionsCommit(
    InterruptTranslationService service, bool wasEnabled, CommandQueueState before)
{
    public static SubmissionsCommit Of(InterruptTranslationService service) =>
        new(service, service.IsEnabled, service.Queue.Save());

    /// <summary>Once the new state is in force.</summary>
    public void End(ItsStage stage)
    {
        var (_, readOffset, writeOffset, isStalled) = service.Queue.Save();
        if (wasEnabled && !service.IsEnabled)
        {
            service.Submissions.EndAll(SubmittedCommandOutcome.ItsDisabled);
        }
        else if (stage.Cbaser is not null || (readOffset, isStalled) != (before.ReadOffset, before.IsStalled))
        {
            service.Submissions.EndAll(SubmittedCommandOutcome.Restored);
        }
        else if (writeOffset != before.WriteOffset)
        {
            service.Submissions.EndBeyond(service.Queue);
        }
    }
}
