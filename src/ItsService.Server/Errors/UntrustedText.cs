namespace ItsService.Server.Errors;

/// <summary>Text that a caller made up, as it may be repeated to people.</summary>
internal static class UntrustedText
{
    private const int LengthMax = 64;

    /// <summary>Its beginning, in characters that travel in every header and log.</summary>
    public static string Shown(string text) =>
        string.Create(Math.Min(text.Length, LengthMax), text, static (shown, from) =>
        {
            for (var index = 0; index < shown.Length; index++)
            {
                shown[index] = char.IsBetween(from[index], ' ', '~') ? from[index] : '?';
            }
        });
}
