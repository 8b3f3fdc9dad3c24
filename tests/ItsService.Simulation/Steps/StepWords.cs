using System.Globalization;

namespace ItsService.Simulation.Steps;

/// <summary>The words of one line of a script, taken one after the other.</summary>
internal sealed class StepWords(string line)
{
    private readonly string[] _words = WithoutComment(line).Split(' ', StringSplitOptions.RemoveEmptyEntries);
    private int _next;

    /// <summary>Whether nothing is left.</summary>
    public bool IsEmpty => _next == _words.Length;

    /// <summary>The next word.</summary>
    public string Take() =>
        IsEmpty ? throw new FormatException($"'{line.Trim()}' ends too early") : _words[_next++];

    /// <summary>Takes a word if it is the next one.</summary>
    public bool TakeIf(string word)
    {
        var isNext = !IsEmpty && _words[_next] == word;
        _next += isNext ? 1 : 0;
        return isNext;
    }

    /// <summary>The next word as a number, decimal or with 0x.</summary>
    public ulong TakeNumber() => Number(Take());

    /// <summary>The same for numbers of 32 bits.</summary>
    public uint TakeUInt32() =>
        TakeNumber() is <= uint.MaxValue and var value ? (uint)value : throw Refused("a number is too large");

    /// <summary>The same for numbers below 2^31.</summary>
    public int TakeInt32() =>
        TakeNumber() is <= int.MaxValue and var value ? (int)value : throw Refused("a number is too large");

    /// <summary>The next word as four numbers with commas between.</summary>
    public Slot TakeSlot()
    {
        var parts = Take().Split(',');
        return parts.Length == 4
            ? new Slot(Hex(parts[0]), Hex(parts[1]), Hex(parts[2]), Hex(parts[3]))
            : throw Refused("a command is four hexadecimal numbers with commas between");
    }

    /// <summary>The next word as bytes in hexadecimal.</summary>
    public byte[] TakeBytes()
    {
        try
        {
            return Convert.FromHexString(Take());
        }
        catch (FormatException)
        {
            throw Refused("bytes are an even number of hexadecimal digits");
        }
    }

    /// <summary>Refuses a line of which something is left.</summary>
    public void End()
    {
        if (!IsEmpty)
        {
            throw Refused($"'{_words[_next]}' is one word too many");
        }
    }

    /// <summary>An exception that tells what is wrong with this line.</summary>
    public FormatException Refused(string why) => new($"'{line.Trim()}': {why}");

    private static string WithoutComment(string line) =>
        line.IndexOf('#', StringComparison.Ordinal) is >= 0 and var at ? line[..at] : line;

    private ulong Number(string word) => word.StartsWith("0x", StringComparison.Ordinal)
        ? Hex(word[2..])
        : ulong.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Refused($"'{word}' is no number");

    private ulong Hex(string digits) =>
        ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Refused($"'{digits}' is no hexadecimal number");
}
