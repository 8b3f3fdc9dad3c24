using System.Diagnostics;

namespace ItsService.Cli.Tests.Hosting;

/// <summary>Files that are none.</summary>
internal static class Pipes
{
    /// <summary>Makes a FIFO.</summary>
    public static async Task MakeAsync(string path)
    {
        using var mkfifo = Process.Start("mkfifo", [path]);
        await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken).WithinLimit();
        Assert.Equal(0, mkfifo.ExitCode);
    }
}
