using System.Globalization;

namespace ItsService.Simulation.CommandLine;

/// <summary>What the command line asks for.</summary>
/// <param name="Time">How long seeds are tried; null to try one alone, or to replay.</param>
/// <param name="Seed">The first seed.</param>
/// <param name="ReplayFile">A script to replay instead.</param>
/// <param name="SaveFile">Where the shrunk script of a difference goes, too.</param>
internal sealed record SimulationOptions(TimeSpan? Time, ulong Seed, string? ReplayFile, string? SaveFile)
{
    private const double MinutesMax = 7 * 24 * 60;

    /// <summary>The options, or null with what is wrong with them.</summary>
    public static SimulationOptions? Parse(IReadOnlyList<string> arguments, out string problem)
    {
        problem = "";
        double? minutes = null;
        ulong? seed = null;
        string? replayFile = null;
        string? saveFile = null;
        for (var index = 0; index < arguments.Count && problem.Length == 0; index += 2)
        {
            var (name, value) = (arguments[index], index + 1 < arguments.Count ? arguments[index + 1] : null);
            switch (name)
            {
                case "--minutes":
                    minutes = double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                        ? number
                        : double.NaN;
                    problem = minutes is > 0 and <= MinutesMax ? "" : $"--minutes takes a number, 0.01..{MinutesMax}";
                    break;
                case "--seed":
                    seed = ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)
                        ? parsed
                        : null;
                    problem = seed is null ? $"--seed takes a number, 0..{ulong.MaxValue}" : "";
                    break;
                case "--replay":
                    replayFile = value;
                    problem = value is null ? "--replay takes a file" : "";
                    break;
                case "--save":
                    saveFile = value;
                    problem = value is null ? "--save takes a file" : "";
                    break;
                default:
                    problem = $"'{name}' is no option";
                    break;
            }
        }

        if (problem.Length == 0 && replayFile is not null && (minutes ?? seed) is not null)
        {
            problem = "--replay goes with neither --minutes nor --seed";
        }

        if (problem.Length > 0)
        {
            return null;
        }

        var time = minutes is { } some ? TimeSpan.FromMinutes(some)
            : seed is null && replayFile is null ? TimeSpan.FromMinutes(1) : (TimeSpan?)null;
        return new SimulationOptions(time, seed ?? 1, replayFile, saveFile);
    }
}
