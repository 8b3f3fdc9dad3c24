using ItsService.Cli.Replay;

namespace ItsService.Cli.Output;

/// <summary>Reports of replays as JSON: the sum, and behind it each recording by itself.</summary>
internal static class ReplayJson
{
    public static object From(
        IReadOnlyList<(Recording Recording, ReplayReport Report, TimeSpan Elapsed)> replays,
        int mismatchesShownMax)
    {
        var sum = ReplayReport.Sum(replays.Select(replay => replay.Report));
        return new
        {
            sum.Reads,
            sum.Commands,
            sum.Msis,
            Acks = sum.Acknowledges,
            Hppis = sum.HighestPendings,
            Mismatches = sum.Mismatches.Count,
            sum.NotCompared,
            Recordings = replays.Select(replay => new
            {
                Recording = replay.Recording.FileName,
                replay.Report.Reads,
                replay.Report.Commands,
                replay.Report.Msis,
                Acks = replay.Report.Acknowledges,
                Hppis = replay.Report.HighestPendings,
                Mismatches = replay.Report.Mismatches.Count,
                replay.Report.NotCompared,
                Seconds = Math.Round(replay.Elapsed.TotalSeconds, 3),
                MismatchesShown = replay.Report.MismatchesByLine.Take(mismatchesShownMax).Select(mismatch => new
                {
                    Line = mismatch.LineNumber,
                    mismatch.Phase,
                    mismatch.What,
                    mismatch.Expected,
                    mismatch.Got,
                }),
            }),
        };
    }
}
