namespace ItsService.StandIns.Tests.Calls;

/// <summary>Lets a test wait for what happens inside a handler.</summary>
internal sealed class CallProbe
{
    private readonly TaskCompletionSource _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the handler of <c>Wait</c> runs.</summary>
    public Task Waiting => _waiting.Task;

    /// <summary>Ends when the handler of <c>Wait</c> sees its call cancelled.</summary>
    public Task Cancelled => _cancelled.Task;

    public void ReportWaiting() => _waiting.TrySetResult();

    public void ReportCancelled() => _cancelled.TrySetResult();
}
