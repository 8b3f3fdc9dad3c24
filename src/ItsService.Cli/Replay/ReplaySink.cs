namespace ItsService.Cli.Replay;

/// <summary>Where a replay puts what it finds, and where it asks whether to go on.</summary>
/// <param name="report">Collects everything.</param>
/// <param name="stopAfter">Mismatches after which nothing more is replayed. Null goes on to the end.</param>
internal sealed class ReplaySink(ReplayReport report, int? stopAfter)
{
    public ReplayReport Report { get; } = report;

    public bool WantsToStop => Report.Mismatches.Count >= stopAfter;

    /// <summary>How many lines are done.</summary>
    public Action<int> Progress { get; init; } = _ => { };

    public void Take(Mismatch mismatch) => Report.Add(mismatch);
}
