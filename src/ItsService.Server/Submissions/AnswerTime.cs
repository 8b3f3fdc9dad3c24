namespace ItsService.Server.Submissions;

/// <summary>
/// When a call must be answered for its caller to get the answer: shortly before its deadline. At the deadline itself a
/// caller gives up, and would not learn what has become of its commands.
/// </summary>
internal readonly struct AnswerTime
{
    private const int MarginDivisor = 10;
    private static readonly TimeSpan MarginMax = TimeSpan.FromSeconds(1);

    // The longest that a timer runs.
    private static readonly TimeSpan WaitMax = TimeSpan.FromDays(40);

    private readonly TimeProvider _time;
    private readonly DateTimeOffset? _at;

    /// <param name="deadline">The call's, in UTC; DateTime.MaxValue when it has none.</param>
    /// <param name="time">The clock.</param>
    public AnswerTime(DateTime deadline, TimeProvider time)
    {
        _time = time;
        var given = deadline - time.GetUtcNow().UtcDateTime;
        if (given < WaitMax)
        {
            var margin = given / MarginDivisor;
            _at = new DateTimeOffset(deadline) - (margin < MarginMax ? margin : MarginMax);
        }
    }

    /// <summary>
    /// Waits until the task has completed, the time has come or the call has ended, and throws nothing.
    /// </summary>
    public async Task WaitForAsync(Task ended, CancellationToken call)
    {
        var left = _at is { } at ? at - _time.GetUtcNow() : Timeout.InfiniteTimeSpan;
        if (left > TimeSpan.Zero || left == Timeout.InfiniteTimeSpan)
        {
            await ended.WaitAsync(left, _time, call).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
