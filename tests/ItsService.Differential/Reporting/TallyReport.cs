using System.Globalization;
using ItsService.Differential.KnownDifferences;

namespace ItsService.Differential.Reporting;

/// <summary>The figures of a run and the table of known differences with its hits.</summary>
internal static class TallyReport
{
    public static Task WriteProgressAsync(TextWriter output, Tally tally, TimeSpan elapsed) =>
        output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{elapsed:hh\\:mm\\:ss}  {tally.Sequences} sequences, {tally.Commands} commands, {tally.Comparisons} "
            + $"comparisons, {tally.Rows.Count(row => tally.HitsOf(row) > 0)} of {tally.Rows.Count} rows hit"));

    public static async Task WriteAsync(TextWriter output, Tally tally, int differences)
    {
        await output.WriteLineAsync();
        await output.WriteLineAsync(
            "known differences: hits, share of all comparisons, first sequence with one (* not followed):");
        foreach (var row in tally.Rows)
        {
            var first = tally.HitsOf(row) > 0 ? $"{tally.FirstSequenceOf(row)}" : "-";
            var mark = row.IsNotFollowed ? '*' : ' ';
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{tally.HitsOf(row),9} {tally.ShareOf(row),8:P3} {first,6} {mark} {row.Name}"));
        }

        foreach (var complaint in tally.Complaints())
        {
            await output.WriteLineAsync($"TABLE: {complaint}");
        }

        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"differential: {tally.Sequences} sequences, {tally.Steps} steps ({tally.StepsLeftOut} were left out), "
            + $"{tally.Commands} commands, "
            + $"{tally.Comparisons} comparisons: {differences} unexplained differences"));
    }
}
