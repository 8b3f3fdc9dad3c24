using System.Diagnostics;

namespace ItsService.Benchmarks.Api;

/// <summary>Work that is offered at a fixed rate, whether or not what was offered before is done.</summary>
internal static class OpenLoop
{
    /// <summary>How long each took, from when it was due: one that had to wait for its start is not let off.</summary>
    /// <param name="start">Begins one.</param>
    /// <param name="perSecond">How many are due in a second.</param>
    /// <param name="duration">For how long.</param>
    public static async Task<List<double>> MeasureAsync(Func<Task> start, int perSecond, TimeSpan duration)
    {
        var count = (int)(perSecond * duration.TotalSeconds);
        var took = new double[count];
        var running = new Task[count];
        var begin = Stopwatch.GetTimestamp();
        for (var number = 0; number < count; number++)
        {
            var due = begin + (long)((double)number / perSecond * Stopwatch.Frequency);
            await UntilAsync(due);
            running[number] = NoteAsync(start(), due, took, number);
        }

        await Task.WhenAll(running);
        return [.. took];
    }

    /// <summary>Waits for a moment: asleep while it is far, and awake when it is near.</summary>
    public static async ValueTask UntilAsync(long due)
    {
        while (true)
        {
            var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
            if (left <= TimeSpan.Zero)
            {
                return;
            }

            if (left > TimeSpan.FromMilliseconds(2))
            {
                await Task.Delay(1);
            }
            else
            {
                await Task.Yield();
            }
        }
    }

    private static async Task NoteAsync(Task work, long due, double[] into, int number)
    {
        await work;
        into[number] = Stopwatch.GetElapsedTime(due).TotalNanoseconds;
    }
}
