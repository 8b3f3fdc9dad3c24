using ItsService.Protocol.V1;

namespace ItsService.Cli.Input;

/// <summary>A level of a device's line on the command line: 40=high, or 27@1=low for a vCPU's own.</summary>
internal static class LevelText
{
    /// <summary>How it is written.</summary>
    public const string Form = "INTID[@VCPU]=high|low";

    /// <exception cref="UsageException">It is not written so. Which lines there are, the service says.</exception>
    public static LineLevel Parse(string text)
    {
        var (line, level) = Cut(text, '=');
        var (intIdText, vcpuText) = Cut(line, '@');
        return TryReadNumber(intIdText, out var intId)
            && TryReadLevel(level, out var isAsserted)
            && TryReadVcpu(vcpuText, out var vcpu)
            ? New(intId, vcpu, isAsserted)
            : throw new UsageException(
                $"'{text}' is no level of a line: write {Form}, as 40=high for an SPI or 27@1=low for a PPI of vCPU 1");
    }

    /// <summary>As <see cref="Parse"/> reads it.</summary>
    public static string Format(LineLevel level)
    {
        var vcpu = level.HasVcpu ? $"@{level.Vcpu}" : "";
        var height = level.Asserted ? "high" : "low";
        return $"{level.IntId}{vcpu}={height}";
    }

    private static (string Before, string? Behind) Cut(string text, char separator)
    {
        var place = text.IndexOf(separator, StringComparison.Ordinal);
        return place < 0 ? (text, null) : (text[..place], text[(place + 1)..]);
    }

    private static bool TryReadNumber(string text, out uint number)
    {
        var isNumber = Number.TryParse(text, out var value) && value <= uint.MaxValue;
        number = isNumber ? (uint)value : 0;
        return isNumber;
    }

    private static bool TryReadLevel(string? text, out bool isAsserted)
    {
        isAsserted = text is "high" or "1";
        return isAsserted || text is "low" or "0";
    }

    private static bool TryReadVcpu(string? text, out uint? vcpu)
    {
        vcpu = null;
        if (text is null)
        {
            return true;
        }

        var isNumber = TryReadNumber(text, out var number);
        vcpu = number;
        return isNumber;
    }

    private static LineLevel New(uint intId, uint? vcpu, bool isAsserted)
    {
        var level = new LineLevel { IntId = intId, Asserted = isAsserted };
        if (vcpu is { } index)
        {
            level.Vcpu = index;
        }

        return level;
    }
}
