using System.Globalization;

namespace ItsService.Cli.Input;

/// <summary>Numbers as people write them: decimal, or hex with 0x; underscores are allowed between digits.</summary>
internal static class Number
{
    public static bool TryParse(string text, out ulong value)
    {
        var digits = text.Replace("_", "", StringComparison.Ordinal);
        return digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
            : ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
