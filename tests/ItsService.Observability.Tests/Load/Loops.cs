namespace ItsService.Observability.Tests.Load;

/// <summary>What goes on, round after round, until it is disposed of. The first failure of each is kept.</summary>
internal sealed class Loops : IAsyncDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly List<(string Name, Task Task)> _running = [];

    public CancellationToken Ending => _ending.Token;

    /// <summary>Runs rounds, which are told their number, with a pause after each.</summary>
    public void Start(string name, TimeSpan pause, Func<int, Task> round)
    {
        // They outlive the test that begins them, and its context is not to be asked when it is over.
        using (ExecutionContext.SuppressFlow())
        {
            _running.Add((name, Task.Run(() => RunAsync(pause, round))));
        }
    }

    /// <summary>None has failed.</summary>
    public void Check() => Assert.DoesNotContain(
        _running, loop => loop.Task.IsFaulted && Fail($"{loop.Name}: {loop.Task.Exception!.InnerException}"));

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await Task.WhenAll(_running.Select(loop => loop.Task))
            .WaitAsync(TestTimeout.Limit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
    }

    private static bool Fail(string message)
    {
        Assert.Fail(message);
        return true;
    }

    private async Task RunAsync(TimeSpan pause, Func<int, Task> round)
    {
        try
        {
            for (var number = 0; !_ending.IsCancellationRequested; number++)
            {
                await round(number);
                await Task.Delay(pause, _ending.Token);
            }
        }
        catch (Exception) when (_ending.IsCancellationRequested)
        {
            // What is cut off by the end is no failure.
        }
    }
}
