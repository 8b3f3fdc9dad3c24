namespace ItsService.Server.Checkpoints;

/// <summary>Log lines about checkpoints: event ids 2100..2199.</summary>
internal static partial class CheckpointsLog
{
    [LoggerMessage(2100, LogLevel.Information, "{Checkpoint}: written, {Bytes} bytes")]
    public static partial void Written(ILogger logger, string checkpoint, long bytes);

    [LoggerMessage(2101, LogLevel.Information, "{Checkpoint}: removed: its VM has newer ones, as many as it keeps")]
    public static partial void Removed(ILogger logger, string checkpoint);

    [LoggerMessage(2102, LogLevel.Information, "{Checkpoint}: deleted")]
    public static partial void Deleted(ILogger logger, string checkpoint);

    [LoggerMessage(2103, LogLevel.Information, "{Checkpoint}: restored into {Vm}")]
    public static partial void Restored(ILogger logger, string checkpoint, string vm);

    [LoggerMessage(2104, LogLevel.Warning, "state directory: {File} was never finished, and is deleted")]
    public static partial void UnfinishedDeleted(ILogger logger, string file);

    [LoggerMessage(2105, LogLevel.Warning, "{Checkpoint}: damaged: {Damage}")]
    public static partial void Damaged(ILogger logger, string checkpoint, string damage);

    [LoggerMessage(2106, LogLevel.Error, "state directory: {Problem}")]
    public static partial void Unusable(ILogger logger, string problem);

    [LoggerMessage(2107, LogLevel.Warning, "{Count} lines about checkpoints were left out")]
    public static partial void LeftOut(ILogger logger, long count);
}
