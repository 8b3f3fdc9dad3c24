using System.Globalization;
using ItsService.Protocol.V1;
using ItsService.SaveLoad.Running;

namespace ItsService.SaveLoad.CommandLine;

/// <summary>What the command line asks for: the runs to make, and where their figures go.</summary>
/// <param name="Runs">The runs, in order.</param>
/// <param name="JsonFile">A file for the figures, for programs.</param>
internal sealed record SaveLoadOptions(IReadOnlyList<RunPlan> Runs, string? JsonFile)
{
    private const double SecondsMax = 24 * 60 * 60;
    private const int SavesMax = 1_000_000;
    private const int SendersMax = 64;

    // A restart takes as long as many saves.
    private const int SavesPerRestart = 10;

    private static readonly InFlightPolicy[] Policies =
        [InFlightPolicy.Carry, InFlightPolicy.Drain, InFlightPolicy.Refuse];

    /// <summary>The options, or null with what is wrong with them.</summary>
    public static SaveLoadOptions? Parse(IReadOnlyList<string> arguments, out string problem)
    {
        var parsed = new Parsed();
        problem = "";
        for (var index = 0; index < arguments.Count && problem.Length == 0; index++)
        {
            var name = arguments[index];
            if (name == "--one-outstanding")
            {
                parsed = parsed with { IsOneOutstanding = true };
                continue;
            }

            (parsed, problem) = Read(parsed, name, ++index < arguments.Count ? arguments[index] : "");
        }

        return problem.Length > 0 ? null : new SaveLoadOptions([.. Plan(parsed)], parsed.JsonFile);
    }

    private static (Parsed Parsed, string Problem) Read(Parsed parsed, string name, string value)
    {
        switch (name)
        {
            case "--seconds":
                return (parsed with { Seconds = Number(value) },
                    Number(value) is >= 0 and <= SecondsMax ? "" : $"--seconds takes a number, 0..{SecondsMax}");
            case "--saves":
                return (parsed with { SaveCount = Count(value) },
                    Count(value) is >= 1 and <= SavesMax ? "" : $"--saves takes a number, 1..{SavesMax}");
            case "--senders":
                return (parsed with { SenderCount = Count(value) },
                    Count(value) is >= 1 and <= SendersMax ? "" : $"--senders takes a number, 1..{SendersMax}");
            case "--seed":
                var isSeed = ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seed);
                return (parsed with { Seed = seed }, isSeed ? "" : $"--seed takes a number, 0..{ulong.MaxValue}");
            case "--policy":
                return (parsed with { Policies = Named(value, Policies) },
                    Named(value, Policies).Length > 0 ? "" : "--policy takes carry, drain, refuse or all");
            case "--successor":
                var successors = Named(value, Enum.GetValues<Successor>());
                return (parsed with { Successors = successors },
                    successors.Length > 0 ? "" : "--successor takes saved, restored, restarted or all");
            case "--json":
                return (parsed with { JsonFile = value }, value.Length > 0 ? "" : "--json takes a file");
            default:
                return (parsed, $"'{name}' is no option");
        }
    }

    private static IEnumerable<RunPlan> Plan(Parsed parsed) =>
        from successor in parsed.Successors
            ?? (parsed.IsOneOutstanding ? Enum.GetValues<Successor>() : [Successor.Saved])
        from policy in parsed.Policies
        let divisor = successor == Successor.Restarted ? SavesPerRestart : 1
        select new RunPlan
        {
            Policy = policy,
            Successor = successor,
            Time = TimeSpan.FromSeconds(parsed.Seconds),
            SaveCount = (parsed.SaveCount + divisor - 1) / divisor,
            SenderCount = parsed.SenderCount,
            IsOneOutstanding = parsed.IsOneOutstanding,
            Seed = parsed.Seed,
        };

    private static int Count(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;

    private static double Number(string value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : -1;

    private static T[] Named<T>(string value, T[] all)
        where T : struct, Enum =>
        value == "all"
            ? all
            : [.. all.Where(one => string.Equals(one.ToString(), value, StringComparison.OrdinalIgnoreCase))];

    private sealed record Parsed
    {
        public double Seconds { get; init; } = 60;

        public int SaveCount { get; init; } = 500;

        public int SenderCount { get; init; } = 8;

        public ulong Seed { get; init; } = 1;

        public bool IsOneOutstanding { get; init; }

        public InFlightPolicy[] Policies { get; init; } = SaveLoadOptions.Policies;

        public Successor[]? Successors { get; init; }

        public string? JsonFile { get; init; }
    }
}
