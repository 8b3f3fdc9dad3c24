namespace ItsService.Cli.Replay;

/// <summary>A line that the service did not answer as the recording does.</summary>
/// <param name="LineNumber">The line in the recording. Null for what is found at the end.</param>
/// <param name="Phase">The last MARK before it. Empty before the first.</param>
/// <param name="What">What was compared.</param>
/// <param name="Expected">What the recording says.</param>
/// <param name="Got">What the service says.</param>
internal sealed record Mismatch(int? LineNumber, string Phase, string What, string Expected, string Got)
{
    public override string ToString()
    {
        var place = LineNumber is { } number ? $"line {number}" : "at the end";
        var phase = Phase.Length == 0 ? "" : $" [{Phase}]";
        return $"{place}{phase}: {What}: expected {Expected}, got {Got}";
    }
}

/// <summary>What was replayed and how it compared.</summary>
internal sealed class ReplayReport
{
    private readonly List<Mismatch> _mismatches = [];

    public int Reads { get; set; }

    public int Commands { get; set; }

    public int Msis { get; set; }

    public int Acknowledges { get; set; }

    public int HighestPendings { get; set; }

    public int NotCompared { get; set; }

    /// <summary>How often the VM was moved.</summary>
    public int Moves { get; set; }

    /// <summary>
    /// As they were found: an HPPI line is judged when its cause has happened, and so behind later lines.
    /// </summary>
    public IReadOnlyList<Mismatch> Mismatches => _mismatches;

    /// <summary>In the order of the recording.</summary>
    public IEnumerable<Mismatch> MismatchesByLine =>
        _mismatches.OrderBy(mismatch => mismatch.LineNumber ?? int.MaxValue);

    /// <summary>The sentence that ends a replay; programs read it.</summary>
    public string Summary =>
        $"replay: {Reads} reads, {Commands} commands, {Msis} msis, {Acknowledges} acks, {HighestPendings} hppis: "
        + $"{_mismatches.Count} mismatches, {NotCompared} not compared";

    public void Add(Mismatch mismatch) => _mismatches.Add(mismatch);

    /// <summary>The sum over several recordings.</summary>
    public static ReplayReport Sum(IEnumerable<ReplayReport> reports)
    {
        var sum = new ReplayReport();
        foreach (var report in reports)
        {
            sum.Reads += report.Reads;
            sum.Commands += report.Commands;
            sum.Msis += report.Msis;
            sum.Acknowledges += report.Acknowledges;
            sum.HighestPendings += report.HighestPendings;
            sum.NotCompared += report.NotCompared;
            sum.Moves += report.Moves;
            sum._mismatches.AddRange(report._mismatches);
        }

        return sum;
    }
}
