using System.Globalization;
using ItsService.Fuzz.Engine;
using ItsService.Fuzz.Targets;

namespace ItsService.Fuzz.CommandLine;

/// <summary>What the command line asks for.</summary>
internal sealed record FuzzOptions
{
    private const double MinutesMax = 7 * 24 * 60;

    /// <summary>What is tried, one after another.</summary>
    public IReadOnlyList<FuzzTarget> Targets { get; private init; } = TargetRegistry.Real;

    /// <summary>How long each; null where executions are counted instead.</summary>
    public TimeSpan? Time { get; private init; } = TimeSpan.FromMinutes(1);

    /// <summary>How many executions of each, where there is no time.</summary>
    public long ExecutionsMax { get; private init; }

    /// <summary>The seed.</summary>
    public ulong Seed { get; private init; } = 1;

    /// <summary>Where the corpus is; null to begin with the targets' own seeds alone.</summary>
    public string? CorpusFolder { get; private init; }

    /// <summary>Whether the corpus is written again.</summary>
    public bool UpdatesCorpus { get; private init; }

    /// <summary>
    /// Where the input that is being tried is kept in a file; null for a folder of its own among temporary files.
    /// </summary>
    public string? WorkFolder { get; private init; }

    /// <summary>One input to try instead: a file, or hex.</summary>
    public string? Replay { get; private init; }

    /// <summary>Whether every target is tried a little, the canary too.</summary>
    public bool IsSmoke { get; private init; }

    /// <summary>The options, or null with what is wrong with them.</summary>
    public static FuzzOptions? Parse(IReadOnlyList<string> arguments, out string problem)
    {
        var options = new FuzzOptions();
        problem = "";
        for (var index = 0; index < arguments.Count && problem.Length == 0; index++)
        {
            var name = arguments[index];
            if (name is "--update" or "--smoke")
            {
                options = name == "--update" ? options with { UpdatesCorpus = true } : options with { IsSmoke = true };
                continue;
            }

            var value = ++index < arguments.Count ? arguments[index] : null;
            (options, problem) = options.With(name, value);
        }

        if (problem.Length == 0 && options.Replay is not null && options.Targets.Count != 1)
        {
            problem = "--replay needs --target with one target";
        }

        if (problem.Length == 0 && options is { UpdatesCorpus: true, CorpusFolder: null })
        {
            problem = "--update needs --corpus";
        }

        return problem.Length == 0 ? options : null;
    }

    private (FuzzOptions Options, string Problem) With(string name, string? value)
    {
        switch (name)
        {
            case "--target":
                var targets = TargetRegistry.Find(value ?? "");
                return (this with { Targets = targets }, Unless(
                    targets.Count > 0, "--target takes blob, tables, registers, canary or all"));
            case "--minutes":
                var isNumber = double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var minutes)
                    && minutes is > 0 and <= MinutesMax;
                return (this with { Time = TimeSpan.FromMinutes(isNumber ? minutes : 1) }, Unless(
                    isNumber, $"--minutes takes a number, 0.01..{MinutesMax}"));
            case "--executions":
                var isCount = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                    && count > 0;
                return (this with { Time = null, ExecutionsMax = count }, Unless(
                    isCount, $"--executions takes a number, 1..{long.MaxValue}"));
            case "--seed":
                var isSeed = ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seed);
                return (this with { Seed = seed }, Unless(isSeed, $"--seed takes a number, 0..{ulong.MaxValue}"));
            case "--corpus":
                return (this with { CorpusFolder = value }, Unless(value is not null, "--corpus takes a folder"));
            case "--work":
                return (this with { WorkFolder = value }, Unless(
                    !string.IsNullOrEmpty(value) && !File.Exists(value), "--work takes a folder"));
            case "--replay":
                return (this with { Replay = value }, Unless(value is not null, "--replay takes a file or hex"));
            default:
                return (this, $"'{name}' is no option");
        }
    }

    private static string Unless(bool isRight, string problem) => isRight ? "" : problem;
}
