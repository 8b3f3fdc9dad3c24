namespace ItsService.SaveLoad.Accounts;

/// <summary>Wakes those who wait for something to have changed. Who waits takes the task before it looks.</summary>
internal sealed class Pulse
{
    private static readonly TimeSpan WaitMax = TimeSpan.FromMinutes(1);

    private TaskCompletionSource _next = New();

    /// <summary>Completed when something changes after now.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Beat() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    /// <summary>Waits until it is so. It must become so in a minute.</summary>
    /// <param name="isSo">The condition, which only what beats this pulse changes.</param>
    /// <param name="what">What it is, for who reads that it never was.</param>
    public async Task UntilAsync(Func<bool> isSo, string what)
    {
        using var late = new CancellationTokenSource(WaitMax);
        for (var next = Next; !isSo(); next = Next)
        {
            try
            {
                await next.WaitAsync(late.Token);
            }
            catch (OperationCanceledException)
            {
                throw new AccountException($"for a minute there was no sign of this: {what}");
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
