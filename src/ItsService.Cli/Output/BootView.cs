using ItsService.VmmPrototype.Running;

namespace ItsService.Cli.Output;

/// <summary>What became of a guest, and what it has asked of the service: for people and for programs.</summary>
internal static class BootView
{
    public static void Write(TextWriter output, BootReport report)
    {
        output.WriteLine();
        var millions = report.BlocksExecuted.Sum(blocks => blocks / 1e6);
        Line(output, $"{EndOf(report)} after {report.WallTime.TotalSeconds:f1} s, {report.GuestTime.TotalSeconds:f1} s "
            + $"of the guest's time, {millions:f0} million blocks of instructions");
        if (report.BadBlocks is { } bad)
        {
            Line(output, $"disk: {report.Disk.Reads} reads, {report.Disk.Writes} writes, {bad} bad blocks");
        }

        foreach (var (number, move) in report.Moves.Index())
        {
            Line(output, $"move {number + 1}{(move.After.Length > 0 ? $" after '{move.After}'" : "")}: saved in "
                + $"{move.Saving.TotalMilliseconds:f0} ms, {move.StateBytes} bytes; no service for "
                + $"{move.Away.TotalMilliseconds:f0} ms; restored in {move.Restoring.TotalMilliseconds:f0} ms");
        }

        Line(output, $"{"calls",-12}{"count",9}{"p50 µs",9}{"p99 µs",9}{"max µs",10}{"total ms",10}");
        foreach (var (kind, calls) in report.Calls)
        {
            Line(output, $"{kind,-12}{calls.Count,9}{Micro(calls, 0.5),9:f0}{Micro(calls, 0.99),9:f0}"
                + $"{Micro(calls, 1),10:f0}{calls.Total.TotalMilliseconds,10:f0}");
        }

        var messages = report.Messages.Select(entry => $"{entry.Value} {entry.Key.ToString().ToLowerInvariant()}");
        Line(output, $"MSIs: {(report.Messages.Count == 0 ? "none" : string.Join(", ", messages))}");
        for (var vcpu = 0; vcpu < report.Acknowledged.Count; vcpu++)
        {
            var taken = report.Acknowledged[vcpu];
            Line(output, $"vCPU {vcpu} acknowledged {taken.Lpis} LPIs, {taken.Spis} SPIs, {taken.Ppis} PPIs, "
                + $"{taken.Sgis} SGIs, {taken.Spurious} times nothing");
        }
    }

    public static object JsonOf(BootReport report) => new
    {
        End = EndOf(report),
        Good = report.IsGood,
        report.BadBlocks,
        report.KernelComplaints,
        WallSeconds = Math.Round(report.WallTime.TotalSeconds, 3),
        GuestSeconds = Math.Round(report.GuestTime.TotalSeconds, 3),
        report.BlocksExecuted,
        Disk = new { report.Disk.Reads, report.Disk.Writes, report.Disk.Flushes },
        Moves = report.Moves.Select(move => new
        {
            move.After,
            move.Saved,
            move.StateBytes,
            SavingMs = Math.Round(move.Saving.TotalMilliseconds, 1),
            AwayMs = Math.Round(move.Away.TotalMilliseconds, 1),
            RestoringMs = Math.Round(move.Restoring.TotalMilliseconds, 1),
        }),
        Calls = report.Calls.Select(entry => new
        {
            Kind = entry.Key,
            entry.Value.Count,
            P50Us = Math.Round(Micro(entry.Value, 0.5), 1),
            P99Us = Math.Round(Micro(entry.Value, 0.99), 1),
            MaxUs = Math.Round(Micro(entry.Value, 1), 1),
            TotalMs = Math.Round(entry.Value.Total.TotalMilliseconds, 1),
        }),
        Msis = report.Messages.ToDictionary(entry => entry.Key.ToString(), entry => entry.Value),
        Acknowledged = report.Acknowledged,
    };

    private static string EndOf(BootReport report) =>
        report.HasPanicked ? "kernel panic"
        : report.HasTimedOut ? "timed out"
        : report.End switch
        {
            VmmPrototype.MachineEnd.PoweredOff => "powered off",
            VmmPrototype.MachineEnd.Restarted => "restarted",
            _ => "stopped",
        };

    private static double Micro(CallStatistics calls, double share) => calls.Percentile(share).TotalMicroseconds;

    private static void Line(TextWriter output, string text) => output.WriteLine(text);
}
