namespace ItsService.Cli.Replay;

/// <summary>A recording that was read whole, so that what is wrong with it is known before anything is done.</summary>
internal sealed record Recording(string FileName, RecordingHeader Header, IReadOnlyList<RecordingLine> Lines);
