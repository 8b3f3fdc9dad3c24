using System.Runtime.CompilerServices;
using ItsService.Server.Machines;
using ItsService.Server.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace ItsService.Server.Tests.Gates;

/// <summary>The inside of a server, for what no call can do.</summary>
internal static class ServerInside
{
    /// <summary>One VM: a test stays inside its gate, or fails there.</summary>
    public static VmHost Host(this TestServer server, string vm) =>
        server.Services.GetRequiredService<VmRegistry>().Find(vm, "");

    /// <summary>The same, without keeping it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static WeakReference Collectable(this TestServer server, string vm) => new(server.Host(vm));

    /// <summary>Waits until nobody has it any more.</summary>
    public static async Task UntilCollectedAsync(this WeakReference host)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        while (host.IsAlive)
        {
            Assert.True(
                TimeProvider.System.GetElapsedTime(startedAt) < TestTimeout.Limit, "something keeps the deleted VM");
            await Task.Delay(100, TestContext.Current.CancellationToken);
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
