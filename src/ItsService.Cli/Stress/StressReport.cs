using System.Globalization;
using ItsService.Cli.Output;

namespace ItsService.Cli.Stress;

/// <summary>What a run came to.</summary>
/// <param name="Path">unary, stream or core.</param>
/// <param name="Shape">What was sent.</param>
/// <param name="Ledger">The account.</param>
/// <param name="Sending">How long the sending has taken.</param>
/// <param name="All">Until the last interrupt was taken.</param>
internal sealed record StressReport(
    string Path, StressShape Shape, StressLedger Ledger, TimeSpan Sending, TimeSpan All)
{
    private static readonly (string Name, double Part)[] Parts = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)];

    private double SentPerSecond => Ledger.Sent / Math.Max(Sending.TotalSeconds, 1e-9);

    private double AcknowledgedPerSecond => Ledger.Acknowledged / Math.Max(All.TotalSeconds, 1e-9);

    /// <summary>Writes it, with what does not fit in the account; the exit code says whether all does.</summary>
    public int Tell(TextWriter output, bool asJson)
    {
        var problems = Ledger.Problems();
        if (asJson)
        {
            output.WriteLine(ToJson(problems));
        }
        else
        {
            Print(output, problems);
        }

        return problems.Count == 0 ? ExitCode.Success : ExitCode.CheckFailed;
    }

    private void Print(TextWriter output, IReadOnlyList<string> problems)
    {
        var once = Shape.Coalesces ? "" : ", one outstanding for each event";
        output.WriteLine(
            $"{Path}: {Shape.Vcpus} vCPUs, {Shape.Devices} devices, {Shape.Events} events,"
            + $" {Count(Shape.Iterations)} iterations{once}");
        output.WriteLine(
            $"sent          {Count(Ledger.Sent)} in {Seconds(Sending)}: {Count((long)SentPerSecond)} calls/s");
        output.WriteLine($"pended        {Count(Ledger.Pended)}");
        output.WriteLine($"coalesced     {Count(Ledger.Coalesced)}");
        output.WriteLine($"dropped       {Count(Ledger.Dropped)}");
        output.WriteLine(
            $"acknowledged  {Count(Ledger.Acknowledged)} in {Seconds(All)}: {Count((long)AcknowledgedPerSecond)}/s");
        PrintLatency(output, "inject→pending    ", Ledger.ToPending);
        PrintLatency(output, "inject→acknowledge", Ledger.ToAcknowledge);
        foreach (var problem in problems)
        {
            output.WriteLine($"account       {problem}");
        }

        output.WriteLine(problems.Count == 0 ? "account closed" : "account NOT closed");
    }

    private string ToJson(IReadOnlyList<string> problems) => JsonText.From(new
    {
        Path,
        Shape.Vcpus,
        Shape.Devices,
        Shape.Events,
        Shape.Iterations,
        Shape.Coalesces,
        Ledger.Sent,
        Ledger.Pended,
        Ledger.Coalesced,
        Ledger.Dropped,
        Ledger.Acknowledged,
        SendingSeconds = Sending.TotalSeconds,
        Seconds = All.TotalSeconds,
        CallsPerSecond = SentPerSecond,
        AcknowledgedPerSecond,
        InjectToPendingNs = LatencyOf(Ledger.ToPending),
        InjectToAcknowledgeNs = LatencyOf(Ledger.ToAcknowledge),
        AccountClosed = problems.Count == 0,
        Problems = problems,
    });

    private static object LatencyOf(LatencyHistogram histogram) => new
    {
        histogram.Count,
        P50 = histogram.At(0.5),
        P99 = histogram.At(0.99),
        P999 = histogram.At(0.999),
        histogram.Max,
    };

    private static void PrintLatency(TextWriter output, string title, LatencyHistogram histogram)
    {
        if (histogram.Count == 0)
        {
            return;
        }

        var parts = Parts.Select(part => $"{part.Name} {LatencyText.Exact((ulong)histogram.At(part.Part))}");
        output.WriteLine($"{title}  {string.Join("  ", parts)}  max {LatencyText.Exact((ulong)histogram.Max)}");
    }

    private static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan time) =>
        time.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture) + " s";
}
