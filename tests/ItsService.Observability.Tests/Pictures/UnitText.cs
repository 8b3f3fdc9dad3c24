using System.Globalization;

namespace ItsService.Observability.Tests.Pictures;

/// <summary>Values in words as Grafana shows them, by the unit of a panel.</summary>
internal static class UnitText
{
    private static readonly (double Size, string Name)[] Times =
        [(1, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")];

    private static readonly (double Size, string Name)[] Counts = [(1e9, " G"), (1e6, " M"), (1e3, " K")];

    private static readonly (double Size, string Name)[] Sizes =
        [(1L << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B")];

    public static string Of(double value, string unit) => unit switch
    {
        "s" => value == 0 ? "0 s" : Scaled(value, Times, " "),
        "bytes" => value == 0 ? "0 B" : Scaled(value, Sizes, " "),
        "percentunit" => $"{Number(value * 100)} %",
        "mps" or "cps" or "ops" or "reqps" => $"{Count(value)}/s",
        _ => Count(value),
    };

    /// <summary>What an axis says of its unit.</summary>
    public static string Axis(string unit) => unit switch
    {
        "s" => "time",
        "bytes" => "bytes",
        "percentunit" => "share",
        "mps" => "messages/s",
        "cps" => "per s",
        "ops" => "commands/s",
        "reqps" => "calls/s",
        _ => "count",
    };

    private static string Count(double value) =>
        Math.Abs(value) < Counts[^1].Size ? Number(value) : Scaled(value, Counts, "");

    private static string Scaled(double value, (double Size, string Name)[] steps, string space)
    {
        var step = steps.FirstOrDefault(one => Math.Abs(value) >= one.Size, steps[^1]);
        return $"{Number(value / step.Size)}{space}{step.Name}";
    }

    // Three digits.
    private static string Number(double value) => value.ToString(
        Math.Abs(value) switch { >= 99.95 => "F0", >= 9.995 => "0.#", _ => "0.##" }, CultureInfo.InvariantCulture);
}
