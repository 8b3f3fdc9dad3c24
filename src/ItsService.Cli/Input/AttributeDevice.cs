using System.Globalization;

namespace ItsService.Cli.Input;

/// <summary>What an attribute belongs to, as it is named on the command line: gic, its:0 or cpu:1.</summary>
/// <param name="Kind">Of what sort it is.</param>
/// <param name="Number">The ITS's or the vCPU's.</param>
/// <param name="Text">As it was written.</param>
internal sealed record AttributeDevice(AttributeDeviceKind Kind, uint Number, string Text)
{
    /// <summary>For help and for whoever wrote something else.</summary>
    public const string Forms = "gic (the controller), its:0 (an ITS) or cpu:1 (a vCPU)";

    /// <exception cref="UsageException">It is none of the forms.</exception>
    public static AttributeDevice Parse(string text) =>
        TryParse(text) ?? throw new UsageException($"'{text}' has no attributes: write {Forms}");

    /// <summary>The device; null where it is none of the forms.</summary>
    public static AttributeDevice? TryParse(string text)
    {
        if (text.Equals("gic", StringComparison.OrdinalIgnoreCase))
        {
            return new AttributeDevice(AttributeDeviceKind.Controller, 0, text);
        }

        var parts = text.Split(':');
        return parts.Length == 2
            && uint.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && KindOf(parts[0]) is { } kind
            ? new AttributeDevice(kind, number, text)
            : null;
    }

    private static AttributeDeviceKind? KindOf(string name) => name.ToUpperInvariant() switch
    {
        "ITS" => AttributeDeviceKind.Its,
        "CPU" => AttributeDeviceKind.Vcpu,
        _ => null,
    };
}
