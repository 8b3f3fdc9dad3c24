using ItsService.Core.Commands;

namespace ItsService.Core.Submissions;

/// <summary>What became of one command.</summary>
/// <param name="Outcome">How it ended, if it did.</param>
/// <param name="Error">What was wrong with it, where it failed or the queue stalled on it.</param>
public readonly record struct SubmittedCommandResult(
    SubmittedCommandOutcome Outcome, CommandError Error = CommandError.None);
