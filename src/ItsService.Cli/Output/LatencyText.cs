using System.Globalization;

namespace ItsService.Cli.Output;

/// <summary>Latencies in the unit that suits them.</summary>
internal static class LatencyText
{
    private static readonly (ulong Size, string Short, string Exact)[] Units =
        [(1, "ns", "ns"), (1_000, "us", "µs"), (1_000_000, "ms", "ms"), (1_000_000_000, "s", "s")];

    /// <summary>For columns, which are narrow: "999 ns", "2.6 us", "10 us"; in ASCII, for any terminal.</summary>
    public static string Short(ulong nanoseconds)
    {
        var (size, unit, _) = Units.Last(unit => unit.Size <= Math.Max(nanoseconds, 1));
        var value = nanoseconds / (double)size;
        return In(value, size == 1 || value >= 10 ? "F0" : "F1", unit);
    }

    /// <summary>For reports, with up to four digits before the point: "9999 ns", "917.5 µs", "12.3 ms".</summary>
    public static string Exact(ulong nanoseconds)
    {
        var (size, _, unit) = Units.Take(3).Last(unit => unit.Size == 1 || unit.Size * 10 <= nanoseconds);
        return In(nanoseconds / (double)size, "0.#", unit);
    }

    private static string In(double value, string format, string unit) =>
        $"{value.ToString(format, CultureInfo.InvariantCulture)} {unit}";
}
