using System.Globalization;

namespace ItsService.Differential;

/// <summary>What the command line asks for.</summary>
internal sealed record DifferentialOptions
{
    /// <summary>Where the random numbers begin.</summary>
    public required ulong Seed { get; init; }

    /// <summary>How long to go on.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How many sequences at most; null for as many as the time allows.</summary>
    public int? SequencesMax { get; init; }

    /// <summary>Runs this sequence alone, without judging the table.</summary>
    public int? OnlySequence { get; init; }

    /// <summary>Which parts of that sequence, as a difference prints them; null for all.</summary>
    public string? Keep { get; init; }

    /// <summary>The service gets another input than QEMU on purpose, and that must be found.</summary>
    public bool HasCanary { get; init; }

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="FormatException">They make no sense.</exception>
    public static DifferentialOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new DifferentialOptions { Seed = (ulong)TimeProvider.System.GetTimestamp() % 1_000_000_000 };
        for (var index = 0; index < arguments.Count; index++)
        {
            var name = arguments[index];
            if (name == "--canary")
            {
                options = options with { HasCanary = true };
                continue;
            }

            if (name is not ("--minutes" or "--seed" or "--sequences" or "--sequence" or "--keep"))
            {
                throw new FormatException($"there is no option \"{name}\"");
            }

            var value = ++index < arguments.Count
                ? arguments[index]
                : throw new FormatException($"{name} wants a value");
            options = options.With(name, value);
        }

        return options.Keep is null || options.OnlySequence is not null
            ? options
            : throw new FormatException("--keep wants --sequence: it picks steps of that one");
    }

    private DifferentialOptions With(string name, string value) => name switch
    {
        "--minutes" => this with { Duration = TimeSpan.FromMinutes(Minutes(value)) },
        "--seed" => this with { Seed = Number(name, value, ulong.MaxValue) },
        "--sequences" => this with { SequencesMax = (int)Number(name, value, int.MaxValue) },
        "--sequence" => this with { OnlySequence = (int)Number(name, value, int.MaxValue) },
        _ => this with { Keep = value },
    };

    private static double Minutes(string value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var minutes)
        && minutes is > 0 and <= 10_000
            ? minutes
            : throw new FormatException($"--minutes wants a number above 0 and up to 10000, not \"{value}\"");

    private static ulong Number(string name, string value, ulong max) =>
        ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= max
            ? number
            : throw new FormatException($"{name} wants a number from 0 to {max}, not \"{value}\"");
}
