using System.Globalization;

namespace ItsService.Cli.Replay;

/// <summary>
/// The fields of one line, taken from left to right. Addresses, offsets and values are hex with 0x; sizes, CPU numbers,
/// INTIDs and times are decimal; memory bytes are bare hex.
/// </summary>
internal ref struct LineFields
{
    private ReadOnlySpan<char> _rest;
    private bool _ended;

    public LineFields(ReadOnlySpan<char> text)
    {
        _rest = text;
        _ended = false;
    }

    public bool AtEnd => _ended;

    public ReadOnlySpan<char> Next(string what)
    {
        if (_ended)
        {
            throw new FormatException($"{what} is missing");
        }

        var space = _rest.IndexOf(' ');
        var field = space < 0 ? _rest : _rest[..space];
        _ended = space < 0;
        _rest = space < 0 ? default : _rest[(space + 1)..];
        return field.IsEmpty ? throw new FormatException($"{what} is missing") : field;
    }

    /// <summary>Everything that is left, spaces included.</summary>
    public string Remainder()
    {
        var text = _rest.ToString();
        _ended = true;
        _rest = default;
        return text;
    }

    public ulong Hex(string what, ulong maximum)
    {
        var field = Next(what);
        if (!field.StartsWith("0x", StringComparison.Ordinal)
            || !ulong.TryParse(field[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            throw new FormatException($"{what} is '{field}' and no hex number with 0x");
        }

        return value <= maximum
            ? value
            : throw new FormatException($"{what} is 0x{value:x}, more than 0x{maximum:x}");
    }

    public ulong Decimal(string what, ulong maximum)
    {
        var field = Next(what);
        if (!ulong.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            throw new FormatException($"{what} is '{field}' and no decimal number");
        }

        return value <= maximum ? value : throw new FormatException($"{what} is {value}, more than {maximum}");
    }

    public byte[] Bytes(string what)
    {
        var field = Next(what);
        try
        {
            return Convert.FromHexString(field);
        }
        catch (FormatException)
        {
            throw new FormatException($"{what} are not pairs of hex digits");
        }
    }

    public readonly void End()
    {
        if (!_ended)
        {
            throw new FormatException($"'{_rest}' is more than the line can hold");
        }
    }
}
