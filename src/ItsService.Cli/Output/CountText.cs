using System.Globalization;

namespace ItsService.Cli.Output;

/// <summary>How many of something: "1 event", "2 events".</summary>
internal static class CountText
{
    /// <param name="count">How many.</param>
    /// <param name="what">One of them; more have an s.</param>
    public static string Of(ulong count, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");
}
