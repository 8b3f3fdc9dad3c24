namespace ItsService.Cli.Stress;

/// <summary>Work that is done side by side, and is over with the first of it that fails.</summary>
internal static class FirstFailure
{
    /// <summary>
    /// Ends when all of it is done, or one has failed and the others were cancelled; throws as that one.
    /// </summary>
    /// <param name="work">Begins each.</param>
    /// <param name="cancellationToken">Cancels all.</param>
    public static async Task EndsAllAsync(
        IEnumerable<Func<CancellationToken, Task>> work, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] all = [.. work.Select(one => one(ending.Token))];
        try
        {
            await foreach (var ended in Task.WhenEach(all))
            {
                await ended;
            }
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(all).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
