using ItsService.Protocol.V1;

namespace ItsService.Cli.Input;

/// <summary>A command as somebody wrote it, and what it means.</summary>
/// <param name="Text">As it was written, with one space between words.</param>
/// <param name="Command">What it means.</param>
internal sealed record WrittenCommand(string Text, SubmittedCommand Command);
