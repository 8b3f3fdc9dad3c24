using System.Text.RegularExpressions;
using ItsService.Differential.KnownDifferences;

namespace ItsService.Differential.Tests;

/// <summary>Short runs against a live QEMU: that all is equal, and that a run can fail.</summary>
public partial class DifferentialRunTests
{
    private const string GuestWritesReadPointer = "GITS_CREADR: written by the guest";

    /// <summary>The seed and length are chosen so that each row of the table is needed.</summary>
    [Fact]
    public async Task Service_and_QEMU_do_alike_but_for_the_table_and_all_of_the_table_is_needed()
    {
        var (status, output) = await RunAsync(KnownDifferenceTable.Rows, "--seed", "5", "--sequences", "34");

        Assert.True(status == 0, output);
        Assert.Contains(": 0 unexplained differences", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_only_one_of_them_gets_is_found_and_shrunk_to_what_runs_again()
    {
        var (status, output) = await RunAsync(
            KnownDifferenceTable.Rows, "--seed", "2", "--sequences", "3", "--canary");

        Assert.Equal(1, status);
        Assert.Contains("DIFFERENCE in event", output, StringComparison.Ordinal);
        Assert.InRange(int.Parse(ShrunkTo().Match(output).Groups[1].Value, null), 1, 20);

        var again = Again().Match(output).Groups[1].Value.Trim().Split(' ');
        var (secondStatus, secondOutput) = await RunAsync(KnownDifferenceTable.Rows, again);

        Assert.Equal(1, secondStatus);
        Assert.Contains("DIFFERENCE in event", secondOutput, StringComparison.Ordinal);
        var (lawfulStatus, lawfulOutput) = await RunAsync(KnownDifferenceTable.Rows, again[..^1]);
        Assert.True(lawfulStatus == 0, lawfulOutput);
    }

    [Fact]
    public async Task A_difference_that_is_not_in_the_table_fails_the_run()
    {
        var rows = KnownDifferenceTable.Rows.Where(row => row.Name != GuestWritesReadPointer).ToArray();
        Assert.Equal(KnownDifferenceTable.Rows.Count - 1, rows.Length);

        var (status, output) = await RunAsync(rows, "--seed", "5", "--sequences", "34");

        Assert.Equal(1, status);
        Assert.Contains("DIFFERENCE in GITS_CREADR", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_that_nothing_needs_fails_the_run()
    {
        var (status, output) = await RunAsync(
            [.. KnownDifferenceTable.Rows, NeverNeeded()], "--seed", "2", "--sequences", "1");

        Assert.Equal(1, status);
        Assert.Contains("TABLE: no hit: GITS_IIDR: never", output, StringComparison.Ordinal);
        Assert.Contains(": 0 unexplained differences", output, StringComparison.Ordinal);
    }

    private static KnownDifference NeverNeeded() => new("GITS_IIDR", "never")
    {
        Qemu = "reads it",
        Service = "reads it",
        Reason = "nothing is different",
        Explains = (_, _) => false,
    };

    private static async Task<(int Status, string Output)> RunAsync(
        IReadOnlyList<KnownDifference> rows, params string[] arguments)
    {
        NeedsQemu.Check();
        await using var output = new StringWriter();
        var options = DifferentialOptions.Parse(["--minutes", "30", .. arguments]);
        var status = await new DifferentialRun(options, rows, output).ExecuteAsync();
        return (status, output.ToString());
    }

    [GeneratedRegex(@"shrunk to (\d+) of \d+ parts")]
    private static partial Regex ShrunkTo();

    [GeneratedRegex(@"^again: eng/differential\.sh (.*)$", RegexOptions.Multiline)]
    private static partial Regex Again();
}
