using System.CommandLine;
using System.Diagnostics;
using ItsService.Cli.Input;
using ItsService.Cli.Output;
using ItsService.Cli.Replay;
using ItsService.Client;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Verbs;

/// <summary>`replay`: does to a service what a recording says, and compares.</summary>
internal sealed class ReplayVerb : Verb
{
    private const int DefaultMismatchesShown = 20;

    private readonly Argument<string[]> _traces = new("TRACE")
    {
        Description = "A recording: tests/recordings/README.md describes the format",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<int?> _mismatchesShown = Values.HowMany(
        "--max-mismatches",
        $"Print no more of them; all are counted [default: {DefaultMismatchesShown}]",
        minimum: 0);

    private readonly Option<int?> _stopAfter = Values.HowMany(
        "--stop-after", "End a replay at so many mismatches, 1 or more [default: go on to the end]", minimum: 1);

    private readonly Option<string?> _commandErrors = CommandErrors.Option();

    private readonly Option<string?> _move = new("--move")
    {
        Description = "At each MARK make another VM of the VM's state and memory, and go on with that",
        HelpName = "save|export",
    };

    private readonly Option<bool> _keep = new("--keep") { Description = "Do not delete the VMs afterwards" };

    public ReplayVerb()
        : base("replay", "Replay recordings of real guests through the API, and compare every answer")
    {
        Arguments.Add(_traces);
        Options.Add(_mismatchesShown);
        Options.Add(_stopAfter);
        Options.Add(_commandErrors);
        _move.AcceptOnlyFromAmong("save", "export");
        Options.Add(_move);
        Options.Add(_keep);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl replay tests/recordings/linux61-boot-io-4cpu.trace.gz",
        "itsctl replay --embedded tests/recordings/*.trace.gz",
        "itsctl replay boot.trace.gz --server unix:/run/its.sock --stop-after 1 --keep",
        "itsctl replay boot.trace.gz --command-errors stall",
        "itsctl replay boot.trace.gz --move export",
        "itsctl replay boot.trace.gz --json",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        // What cannot be read is found before anything is done with a service.
        var recordings = session.Arguments.GetRequiredValue(_traces).Select(RecordingReader.ReadFile).ToList();
        var info = await session.Client.GetServerInfoAsync(cancellationToken);
        var replays = new List<(Recording Recording, ReplayReport Report, TimeSpan Elapsed)>();
        foreach (var recording in recordings)
        {
            var started = Stopwatch.GetTimestamp();
            var report = await ReplayAsync(session, info.Limits, recording, cancellationToken);
            replays.Add((recording, report, Stopwatch.GetElapsedTime(started)));
            if (!session.PrintsJson)
            {
                Print(session, recording, report, isOnlyOne: recordings.Count == 1);
            }
        }

        var sum = ReplayReport.Sum(replays.Select(replay => replay.Report));
        if (session.PrintsJson)
        {
            session.Output.WriteLine(JsonText.From(ReplayJson.From(replays, MismatchesShown(session))));
        }
        else
        {
            if (session.Arguments.GetValue(_move) is { } way)
            {
                session.Output.WriteLine($"moved {sum.Moves} times by {way}");
            }

            session.Output.WriteLine(sum.Summary);
        }

        return sum.Mismatches.Count == 0 ? ExitCode.Success : ExitCode.CheckFailed;
    }

    private async Task<ReplayReport> ReplayAsync(
        Session session,
        ServerLimits limits,
        Recording recording,
        CancellationToken cancellationToken)
    {
        var report = new ReplayReport();
        var spec = ReplayedVm.SpecOf(recording.Header);
        CommandErrors.Apply(session.Arguments.GetValue(_commandErrors), spec);
        var move = session.Arguments.GetValue(_move) is { } way ? new VmMove(byExport: way == "export") : null;
        await using var vm = await ReplayedVm.CreateAsync(
            session.Client, spec, move, session.Arguments.GetValue(_keep), cancellationToken);
        var linesDone = 0;
        try
        {
            await WorkProgress.ShowAsync(
                session.Error,
                Path.GetFileName(recording.FileName),
                recording.Lines.Count,
                progress =>
                {
                    var stopAfter = session.Arguments.GetValue(_stopAfter);
                    var sink = new ReplaySink(report, stopAfter) { Progress = done => progress(linesDone = done) };
                    var replayer = new RecordingReplayer(vm, limits, recording, sink);
                    return replayer.ReplayAsync(cancellationToken);
                });
        }
        catch (ItsServiceException)
        {
            // Accesses travel in batches, so the refused one is this line's or one of the few before it.
            var line = recording.Lines[Math.Min(linesDone, recording.Lines.Count - 1)].Number;
            session.Error.WriteLine($"itsctl: {recording.FileName}: the replay got as far as line {line}");
            throw;
        }

        return report;
    }

    private void Print(Session session, Recording recording, ReplayReport report, bool isOnlyOne)
    {
        foreach (var mismatch in report.MismatchesByLine.Take(MismatchesShown(session)))
        {
            session.Output.WriteLine(isOnlyOne ? $"{mismatch}" : $"{recording.FileName}: {mismatch}");
        }

        var hidden = report.Mismatches.Count - MismatchesShown(session);
        if (hidden > 0)
        {
            session.Output.WriteLine($"... and {hidden} more mismatches");
        }

        if (!isOnlyOne)
        {
            session.Output.WriteLine($"{recording.FileName}: {report.Summary}");
        }
    }

    private int MismatchesShown(Session session) =>
        session.Arguments.GetValue(_mismatchesShown) ?? DefaultMismatchesShown;
}
