using ItsService.Core.Commands;
using ItsService.Core.Submissions;
using ItsService.Server.Diagnostics;

namespace ItsService.Server.Submissions;

/// <summary>The results of commands on the wire. Made outside the gate: they do not change any more.</summary>
internal static class SubmissionAnswer
{
    // What a result takes without its sentence, and the lines of 512 vCPUs.
    private const int ResultBytesMax = 64;
    private const int LinesBytesMax = 16 << 10;
    private const int SentenceOverheadBytes = 8;

    /// <summary>How many commands' results fit in an answer, be they what they may.</summary>
    public static int CountMax(ItsServerLimits limits) => (limits.MessageBytesMax - LinesBytesMax) / ResultBytesMax;

    /// <summary>
    /// Adds a result for each command. Sentences are for as many as leave the answer small enough to be sent.
    /// </summary>
    public static void AddResults(V1.SubmitResponse response, CommandSubmission submission, ItsServerLimits limits)
    {
        var bytesLeft = limits.MessageBytesMax - LinesBytesMax - (submission.Count * ResultBytesMax);
        response.Results.Capacity = submission.Count;
        for (var index = 0; index < submission.Count; index++)
        {
            var result = submission.Results[index];
            var sentence = bytesLeft > 0 ? SentenceOf(submission, index) : "";
            bytesLeft -= sentence.Length == 0 ? 0 : sentence.Length + SentenceOverheadBytes;
            response.Results.Add(new V1.CommandResult
            {
                Outcome = OutcomeOf(result.Outcome),
                QueueOffset = submission.QueueOffsetOf(index),
                ErrorCode = (uint)result.Error,
                ErrorName = CommandNames.Of(result.Error),
                Message = bytesLeft > 0 ? sentence : "",
            });
        }
    }

    private static V1.CommandOutcome OutcomeOf(SubmittedCommandOutcome outcome) => outcome switch
    {
        SubmittedCommandOutcome.Executed => V1.CommandOutcome.Executed,
        SubmittedCommandOutcome.Failed => V1.CommandOutcome.Failed,
        SubmittedCommandOutcome.Stalled => V1.CommandOutcome.Stalled,
        SubmittedCommandOutcome.BehindStall => V1.CommandOutcome.NotExecutedBehindStall,
        SubmittedCommandOutcome.ItsDisabled => V1.CommandOutcome.NotExecutedItsDisabled,
        SubmittedCommandOutcome.Reset => V1.CommandOutcome.NotExecutedReset,
        SubmittedCommandOutcome.Restored => V1.CommandOutcome.NotExecutedRestored,
        SubmittedCommandOutcome.Withdrawn => V1.CommandOutcome.NotExecutedWithdrawn,
        SubmittedCommandOutcome.Overwritten => V1.CommandOutcome.NotExecutedOverwritten,
        SubmittedCommandOutcome.Abandoned => V1.CommandOutcome.NotExecutedDeadline,
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "no word on the wire for this outcome"),
    };

    private static string SentenceOf(CommandSubmission submission, int index)
    {
        var (outcome, error) = submission.Results[index];
        return outcome switch
        {
            SubmittedCommandOutcome.Executed => "",
            SubmittedCommandOutcome.Failed => CommandSentence.Of(CommandAt(submission, index), error),
            SubmittedCommandOutcome.Stalled =>
                $"the queue stalled: {CommandSentence.Of(CommandAt(submission, index), error)}",
            SubmittedCommandOutcome.BehindStall => "the queue stalled on a command before it",
            SubmittedCommandOutcome.ItsDisabled => "the guest disabled the ITS while the command waited in its queue",
            SubmittedCommandOutcome.Reset => "the controller was reset while the command waited in the queue",
            SubmittedCommandOutcome.Restored =>
                "a saved state, or registers set from outside the guest, took the place of the queue in which the"
                + " command waited; what is there now may hold the command, which is executed in its turn then",
            SubmittedCommandOutcome.Withdrawn => "GITS_CWRITER was written so that the queue ended before it",
            SubmittedCommandOutcome.Overwritten =>
                "its slot held something else when the ITS came to it, and that was executed in its place",
            _ => "the call's deadline came while the command waited in the queue; it is executed when its turn comes",
        };
    }

    private static CommandPacket CommandAt(CommandSubmission submission, int index) =>
        CommandPacket.Decode(submission.Slots[(index * CommandPacket.SizeBytes)..]);
}
