namespace ItsService.Cli.Input;

/// <summary>Sizes as people write them: "512M", "2G", "65536", "0x20000000". The units are powers of 1024.</summary>
internal static class ByteSize
{
    private const string Units = "KMGT";

    public static bool TryParse(string text, out ulong bytes)
    {
        var digits = text;
        var shift = 0;
        if (text.Length > 1)
        {
            var unit = text.EndsWith("iB", StringComparison.OrdinalIgnoreCase) ? text[..^2] : text;
            var place = Units.IndexOf(char.ToUpperInvariant(unit[^1]), StringComparison.Ordinal);
            if (place >= 0)
            {
                digits = unit[..^1];
                shift = 10 * (place + 1);
            }
        }

        if (!Number.TryParse(digits, out var count) || count > ulong.MaxValue >> shift)
        {
            bytes = 0;
            return false;
        }

        bytes = count << shift;
        return true;
    }

    /// <summary>"512M" where it comes out even, else "0x201000".</summary>
    public static string Format(ulong bytes)
    {
        for (var place = Units.Length; place > 0; place--)
        {
            var unit = 1UL << (10 * place);
            if (bytes >= unit && bytes % unit == 0)
            {
                return $"{bytes / unit}{Units[place - 1]}";
            }
        }

        return $"0x{bytes:x}";
    }
}
