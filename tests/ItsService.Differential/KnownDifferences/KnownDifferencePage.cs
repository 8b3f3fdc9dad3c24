using System.Text;

namespace ItsService.Differential.KnownDifferences;

/// <summary>The table of known differences as a part of a page for people, between two marks.</summary>
internal static class KnownDifferencePage
{
    private const string Begin = "<!-- known differences: eng/differential.sh writes them by --page -->\n";
    private const string End = "<!-- end of known differences -->\n";

    /// <summary>The page with the rows as they are.</summary>
    /// <exception cref="FormatException">The page lacks the marks.</exception>
    public static string WithRows(string page, IReadOnlyList<KnownDifference> rows)
    {
        var begin = page.IndexOf(Begin, StringComparison.Ordinal);
        var end = page.IndexOf(End, StringComparison.Ordinal);
        return begin >= 0 && end > begin
            ? $"{page[..(begin + Begin.Length)]}{Text(rows)}{page[end..]}"
            : throw new FormatException($"the page lacks the lines \"{Begin.Trim()}\" and \"{End.Trim()}\"");
    }

    private static string Text(IReadOnlyList<KnownDifference> rows)
    {
        var text = new StringBuilder()
            .Append("| Register or command | Condition | QEMU | The service | Why it stays so | |\n")
            .Append("|---|---|---|---|---|---|\n");
        foreach (var row in rows)
        {
            text.Append(null, $"| {row.Subject} | {row.Condition} | {row.Qemu} | {row.Service} | {row.Reason} | ")
                .Append(row.IsNotFollowed ? "not followed |\n" : "|\n");
        }

        return text.ToString();
    }
}
