using ItsService.Server.Machines;

namespace ItsService.Server.Tests.Gates;

/// <summary>What calls that wait for Resume can be seen by.</summary>
internal static class WaitingCalls
{
    /// <summary>Returns when so many calls wait for Resume.</summary>
    public static async Task UntilWaitingAsync(this VmHost host, int count)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        while (host.WaitingCount != count)
        {
            Assert.True(
                TimeProvider.System.GetElapsedTime(startedAt) < TestTimeout.Limit,
                $"{host.WaitingCount} calls wait, and not {count}");
            await Task.Yield();
        }
    }
}
