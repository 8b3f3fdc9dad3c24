using ItsService.Server.Machines;

namespace ItsService.Server.Tests.Gates;

/// <summary>What calls that wait for Resume can be seen by.</summary>
internal static class WaitingCalls
{
    /// <summary>Returns when so many calls wait for Resume.</summary>
    public static Task UntilWaitingAsync(this VmHost host, int count) => UntilAsync(() => host.WaitingCount, count);

    /// <summary>Returns when so many stand in line at the gate.</summary>
    public static Task UntilInLineAsync(this VmHost host, int count) => UntilAsync(() => host.InLineCount, count);

    private static async Task UntilAsync(Func<int> present, int count)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        while (present() != count)
        {
            Assert.True(
                TimeProvider.System.GetElapsedTime(startedAt) < TestTimeout.Limit,
                $"{present()} calls wait, and not {count}");
            await Task.Yield();
        }
    }
}
