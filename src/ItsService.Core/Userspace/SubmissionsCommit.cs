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
/// <param name="getsNewQueue">Whether what is staged begins another queue.</param>
internal readonly struct SubmissionsCommit(
    InterruptTranslationService service, bool wasEnabled, CommandQueueState before, bool getsNewQueue)
{
    /// <summary>Of each ITS, before anything comes into force.</summary>
    public static SubmissionsCommit[] Of(GicParts live, UserspaceStage stage) =>
    [
        .. live.Services.Zip(stage.Services, (service, staged) => new SubmissionsCommit(
            service, service.IsEnabled, service.Queue.Save(), staged.HasNewQueue(service))),
    ];

    /// <summary>Once the new state is in force.</summary>
    public void End()
    {
        var (_, readOffset, writeOffset, isStalled) = service.Queue.Save();
        if (wasEnabled && !service.IsEnabled)
        {
            service.Submissions.EndAll(SubmittedCommandOutcome.ItsDisabled);
        }
        else if (getsNewQueue || (readOffset, isStalled) != (before.ReadOffset, before.IsStalled))
        {
            service.Submissions.EndAll(SubmittedCommandOutcome.Restored);
        }
        else if (writeOffset != before.WriteOffset)
        {
            service.Submissions.EndBeyond(service.Queue);
        }
    }
}
