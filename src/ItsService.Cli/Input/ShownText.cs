namespace ItsService.Cli.Input;

/// <summary>Text from a file or a command line, as it may be repeated on a terminal.</summary>
internal static class ShownText
{
    private const int LengthMax = 64;

    /// <summary>Its beginning, with a question mark for each character that could do something to a terminal.</summary>
    public static string Of(string text) =>
        string.Create(Math.Min(text.Length, LengthMax), text, static (shown, from) =>
        {
            for (var index = 0; index < shown.Length; index++)
            {
                shown[index] = char.IsBetween(from[index], ' ', '~') ? from[index] : '?';
            }
        });
}
