using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Input;

/// <summary>
/// Reads commands as people write them: "mapd device=0x10 itt=0x40080000 bits=8, sync rdbase=0". A name begins a
/// command; commas between commands are for the eye. "raw" takes the four doublewords of a slot in hex.
/// </summary>
internal static class CommandReader
{
    private const string Raw = "raw";
    private const int DoublewordCount = 4;
    private static readonly char[] Between = [' ', '\t', ','];

    /// <summary>From the words of a command line.</summary>
    /// <exception cref="FormatException">One of them is wrong; the message says which.</exception>
    public static List<WrittenCommand> ReadWords(IEnumerable<string> words)
    {
        var commands = new List<WrittenCommand>();
        Read(words, commands, () => $"command {commands.Count + 1}");
        return commands;
    }

    /// <summary>From the lines of a file: commands do not run over a line's end, and "#" begins a comment.</summary>
    /// <exception cref="FormatException">One of them is wrong; the message says in which line.</exception>
    public static List<WrittenCommand> ReadLines(IEnumerable<string> lines)
    {
        var commands = new List<WrittenCommand>();
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            Read([line.Split('#')[0]], commands, () => $"line {number}");
        }

        return commands;
    }

    private static void Read(IEnumerable<string> texts, List<WrittenCommand> into, Func<string> place)
    {
        var words = new Queue<string>(
            texts.SelectMany(text => text.Split(Between, StringSplitOptions.RemoveEmptyEntries)));
        while (words.TryDequeue(out var name))
        {
            into.Add(name.Equals(Raw, StringComparison.OrdinalIgnoreCase)
                ? ReadRaw(words, $"{place()} ({Raw})")
                : ReadTyped(name, words, place()));
        }
    }

    private static WrittenCommand ReadTyped(string name, Queue<string> words, string place)
    {
        var form = CommandForm.All.FirstOrDefault(each => each.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new FormatException(
                $"{place}: '{ShownText.Of(name)}' is no command: they are "
                + string.Join(", ", CommandForm.All.Select(each => each.Name).Append(Raw)));
        place = $"{place} ({form.Name})";
        var numbers = new CommandNumbers();
        var text = form.Name;
        while (words.TryPeek(out var word) && word.Contains('=', StringComparison.Ordinal))
        {
            text = $"{text} {words.Dequeue()}";
            AddNumber(form, word, numbers, place);
        }

        if (form.Parameters.FirstOrDefault(parameter => IsMissing(parameter, numbers)) is { } missing)
        {
            throw new FormatException($"{place}: {missing.Name} is missing: {missing.Name}=N, with {missing.Accepted}");
        }

        return new WrittenCommand(text, form.Make(numbers));
    }

    private static void AddNumber(CommandForm form, string word, CommandNumbers numbers, string place)
    {
        var parts = word.Split('=', 2);
        var parameter = form.Parameters.FirstOrDefault(
            each => each.Name.Equals(parts[0], StringComparison.OrdinalIgnoreCase));
        if (parameter is null)
        {
            var names = string.Join(", ", form.Parameters.Select(each => each.Name));
            throw new FormatException($"{place}: it takes no '{ShownText.Of(parts[0])}', but {names}");
        }

        if (!Number.TryParse(parts[1], out var value) || !parameter.Accepts(value))
        {
            throw new FormatException(
                $"{place}: {parameter.Name} is '{ShownText.Of(parts[1])}'; it accepts {parameter.Accepted}");
        }

        if (!numbers.TryAdd(parameter, value))
        {
            throw new FormatException($"{place}: {parameter.Name} is given twice");
        }
    }

    private static bool IsMissing(CommandParameter parameter, CommandNumbers numbers) =>
        !numbers.Has(parameter) && !parameter.IsOptional && (numbers.IsValid || !parameter.IsForMapping);

    private static WrittenCommand ReadRaw(Queue<string> words, string place)
    {
        var slot = new byte[DoublewordCount * sizeof(ulong)];
        var text = Raw;
        for (var number = 0; number < DoublewordCount; number++)
        {
            if (!words.TryDequeue(out var word))
            {
                throw new FormatException($"{place}: DW{number} is missing: a slot has {DoublewordCount} doublewords");
            }

            if (!TryParseHex(word, out var doubleword))
            {
                throw new FormatException(
                    $"{place}: DW{number} is '{ShownText.Of(word)}'; it accepts 1..16 hex digits, as 0000000200000008");
            }

            text = $"{text} {word}";
            BinaryPrimitives.WriteUInt64LittleEndian(slot.AsSpan(number * sizeof(ulong)), doubleword);
        }

        return new WrittenCommand(text, new SubmittedCommand { Raw = ByteString.CopyFrom(slot) });
    }

    private static bool TryParseHex(string word, out ulong value)
    {
        var digits = word.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? word.AsSpan(2) : word;
        return ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
