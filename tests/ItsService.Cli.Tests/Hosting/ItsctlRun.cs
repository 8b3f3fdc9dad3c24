using System.Text.Json;
using System.Text.RegularExpressions;

namespace ItsService.Cli.Tests.Hosting;

/// <summary>What a run of itsctl gave to the shell.</summary>
internal sealed partial record ItsctlRun(int ExitCode, string Output, string Error)
{
    /// <summary>Standard output, line by line, without what only aligns it.</summary>
    public IReadOnlyList<string> Lines =>
        [.. Output.Split('\n').Select(line => Spaces().Replace(line, " ").Trim()).Where(line => line.Length > 0)];

    /// <summary>Standard output as JSON; the test fails if it is none.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    /// <summary>In this process.</summary>
    public static Task<ItsctlRun> OfAsync(IReadOnlyList<string> arguments, TimeSpan? limit = null) =>
        RunAsync(arguments, limit, CancellationToken.None);

    /// <summary>The same, by somebody who may interrupt it.</summary>
    public static Task<ItsctlRun> OfAsync(IReadOnlyList<string> arguments, CancellationTokenSource interrupt) =>
        RunAsync(arguments, limit: null, interrupt.Token);

    /// <summary>The run worked: exit code 0, and nothing to complain about.</summary>
    public ItsctlRun Succeeded()
    {
        Assert.Equal((ItsService.Cli.ExitCode.Success, ""), (ExitCode, Error));
        return this;
    }

    /// <summary>The run failed with this code, no result and one sentence, which this returns.</summary>
    public string FailedWith(int exitCode)
    {
        Assert.True(exitCode == ExitCode, $"exit code {ExitCode}: {Error}{Output}");
        Assert.Equal("", Output);
        var sentence = Error.TrimEnd('\n');
        Assert.DoesNotContain(sentence, char.IsControl);
        Assert.InRange(sentence.Length, 1, 1000);
        Assert.DoesNotContain("   at ", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("an error of itsctl itself", sentence, StringComparison.Ordinal);
        Assert.StartsWith("itsctl: ", sentence, StringComparison.Ordinal);
        return sentence;
    }

    private static async Task<ItsctlRun> RunAsync(
        IReadOnlyList<string> arguments, TimeSpan? limit, CancellationToken interrupt)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await Itsctl.RunAsync([.. arguments], output, error, interrupt)
            .WaitAsync(limit ?? TestTimeout.Limit, TestContext.Current.CancellationToken);
        return new ItsctlRun(exitCode, output.ToString(), error.ToString());
    }

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();
}
