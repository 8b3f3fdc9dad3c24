using System.Diagnostics;

namespace ItsService.Observability.Tests.Hosting;

/// <summary>What promtool says to something.</summary>
internal sealed record Promtool(int ExitCode, string Output)
{
    public static async Task<Promtool> RunAsync(string input, params string[] arguments)
    {
        PrometheusProgram.Need();
        var start = new ProcessStartInfo(PrometheusProgram.Promtool!, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WithinLimit();
            return new Promtool(process.ExitCode, await output.WithinLimit() + await error.WithinLimit());
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    public void Succeeded() => Assert.True(ExitCode == 0, Output);
}
