using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace ItsService.Cli.Input;

/// <summary>Parsers for the values of options and arguments; what they refuse is a usage error.</summary>
internal static class Values
{
    /// <summary>An option that takes an address, decimal or hex.</summary>
    public static Option<ulong?> Address(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "BASE",
        CustomParser = result => ParseNumber(result),
    };

    /// <summary>An option that takes a small number.</summary>
    public static Option<uint?> Count(string name, string description, uint maximum = uint.MaxValue) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result => (uint?)ParseNumber(result, maximum),
    };

    /// <summary>An option that takes how many of something, from <paramref name="minimum"/> on.</summary>
    public static Option<int?> HowMany(string name, string description, int minimum) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result => (int?)ParseNumber(result, int.MaxValue, (ulong)minimum),
    };

    /// <summary>The only token as a number; an error otherwise.</summary>
    public static ulong? ParseNumber(ArgumentResult result, ulong maximum = ulong.MaxValue, ulong minimum = 0) =>
        Parse(result, minimum, maximum, $"0x{maximum:x}");

    /// <summary>The same for how many of something, whose limit people know in decimal.</summary>
    public static int? ParseCount(ArgumentResult result, int maximum, int minimum = 1) => (int?)Parse(
        result, (ulong)minimum, (ulong)maximum, maximum.ToString(CultureInfo.InvariantCulture));

    private static ulong? Parse(ArgumentResult result, ulong minimum, ulong maximum, string shownMaximum)
    {
        var text = result.Tokens[^1].Value;
        if (Number.TryParse(text, out var value) && value >= minimum && value <= maximum)
        {
            return value;
        }

        result.AddError($"'{text}' is no number between {minimum} and {shownMaximum}: write 17 or 0x11");
        return null;
    }
}
