using System.Diagnostics;

namespace ItsService.Cli.Tests.Hosting;

/// <summary>A program of the repository as a user starts it: a process of its own, from where it was built.</summary>
internal static class BuiltProgram
{
    public static async Task<ItsctlRun> RunAsync(string projectFolder, string assembly, params string[] arguments)
    {
        // bin/Debug/net10.0, or what these tests were built into.
        var built = Path.GetRelativePath(
            RepositoryFolder.PathOf("tests", "ItsService.Cli.Tests"), AppContext.BaseDirectory);
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [RepositoryFolder.PathOf(projectFolder, built, $"{assembly}.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WithinLimit();
            return new ItsctlRun(process.ExitCode, await output.WithinLimit(), await error.WithinLimit());
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
