using System.ComponentModel;
using System.Diagnostics;

namespace ItsService.Server.Tests.Clients;

/// <summary>A program of another language that calls the service.</summary>
internal static class PeerProgram
{
    /// <summary>
    /// Without what the program needs, a test cannot tell anything: it is skipped, but fails where CI=true.
    /// </summary>
    public static void Require(bool isPresent, string whatIsMissing)
    {
        if (isPresent)
        {
            return;
        }

        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            Assert.Fail(whatIsMissing);
        }

        Assert.Skip(whatIsMissing);
    }

    /// <summary>Whether the program can be started and ends well.</summary>
    public static async Task<bool> SucceedsAsync(string program, params string[] arguments)
    {
        try
        {
            return (await RunAsync(program, arguments)).ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    public static async Task<(int ExitCode, string Output)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WithinLimit();
            return (process.ExitCode, await output.WithinLimit() + await error.WithinLimit());
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
