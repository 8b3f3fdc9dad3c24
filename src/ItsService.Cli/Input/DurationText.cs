namespace ItsService.Cli.Input;

/// <summary>Durations as people write them: "500ms", "90s", "5m", "24h".</summary>
internal static class DurationText
{
    // Longest first where one ends with another.
    private static readonly (string Name, ulong Milliseconds)[] Units =
        [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

    /// <summary>A number without its unit is none: nobody would know which.</summary>
    public static bool TryParse(string text, out ulong milliseconds)
    {
        foreach (var (name, size) in Units)
        {
            if (text.EndsWith(name, StringComparison.Ordinal))
            {
                var isNumber = Number.TryParse(text[..^name.Length], out var count) && count <= ulong.MaxValue / size;
                milliseconds = isNumber ? count * size : 0;
                return isNumber;
            }
        }

        milliseconds = 0;
        return false;
    }

    /// <summary>In the largest unit that comes out even: 90000 is "90s", 120000 "2m".</summary>
    public static string Format(ulong milliseconds)
    {
        var (name, size) = Units.Last(unit => milliseconds % unit.Milliseconds == 0);
        return $"{milliseconds / size}{name}";
    }
}
