using System.Buffers.Binary;
using ItsService.Core.Submissions;

namespace ItsService.Core.Tests.Support;

/// <summary>Commands as a host puts them into a guest's queue.</summary>
internal static class SubmittedCommands
{
    public static CommandSubmission Of(params ReadOnlySpan<GuestCommand> commands) => new(Bytes(commands));

    public static CommandSubmission Syncs(int count) => Of([.. Enumerable.Repeat(GuestCommand.Sync(0), count)]);

    public static byte[] Bytes(params ReadOnlySpan<GuestCommand> commands)
    {
        var bytes = new byte[commands.Length * GuestCommand.SizeBytes];
        for (var index = 0; index < commands.Length; index++)
        {
            var slot = bytes.AsSpan(index * GuestCommand.SizeBytes);
            BinaryPrimitives.WriteUInt64LittleEndian(slot, commands[index].Dw0);
            BinaryPrimitives.WriteUInt64LittleEndian(slot[8..], commands[index].Dw1);
            BinaryPrimitives.WriteUInt64LittleEndian(slot[16..], commands[index].Dw2);
            BinaryPrimitives.WriteUInt64LittleEndian(slot[24..], commands[index].Dw3);
        }

        return bytes;
    }

    /// <summary>Submits commands that the queue must take.</summary>
    public static CommandSubmission Submit(this Guest guest, params ReadOnlySpan<GuestCommand> commands) =>
        guest.SubmitTo(0, commands);

    public static CommandSubmission SubmitTo(this Guest guest, int its, params ReadOnlySpan<GuestCommand> commands)
    {
        var submission = Of(commands);
        var result = guest.Gic.Submit(its, submission);
        Assert.True(result.IsPlaced, $"{result}");
        return submission;
    }

    public static SubmittedCommandOutcome[] Outcomes(this CommandSubmission submission)
    {
        var outcomes = new SubmittedCommandOutcome[submission.Count];
        for (var index = 0; index < outcomes.Length; index++)
        {
            outcomes[index] = submission.Results[index].Outcome;
        }

        return outcomes;
    }
}
