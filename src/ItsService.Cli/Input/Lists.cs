using System.CommandLine;

namespace ItsService.Cli.Input;

/// <summary>Options that take several values, with commas between them or again and again.</summary>
internal static class Lists
{
    /// <summary>Reads one value.</summary>
    public delegate bool TryRead<T>(string text, out T value);

    /// <summary>An option of numbers, decimal or with 0x.</summary>
    public static Option<uint[]> Numbers(string name, string helpName, string description) => Option<uint>(
        name,
        helpName,
        description,
        TryReadNumber,
        text => $"'{text}' is no number between 0 and 0x{uint.MaxValue:x}: write 17 or 0x11");

    /// <summary>An option of anything.</summary>
    public static Option<T[]> Option<T>(
        string name, string helpName, string description, TryRead<T> tryRead, Func<string, string> whyNot) =>
        new(name)
        {
            Description = description,
            HelpName = helpName,
            AllowMultipleArgumentsPerToken = false,
            DefaultValueFactory = _ => [],
            CustomParser = result =>
            {
                var values = new List<T>();
                foreach (var text in result.Tokens.SelectMany(token => token.Value.Split(',')))
                {
                    if (!tryRead(text.Trim(), out var value))
                    {
                        result.AddError(whyNot(text.Trim()));
                        return [];
                    }

                    values.Add(value);
                }

                return [.. values];
            },
        };

    private static bool TryReadNumber(string text, out uint value)
    {
        var isNumber = Number.TryParse(text, out var number) && number <= uint.MaxValue;
        value = isNumber ? (uint)number : 0;
        return isNumber;
    }
}
