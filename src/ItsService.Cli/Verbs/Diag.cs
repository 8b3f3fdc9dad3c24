using System.CommandLine;
using ItsService.Cli.Input;
using ItsService.Cli.Output;
using ItsService.Client;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Verbs;

/// <summary>`diag`: what the guest and its devices did wrong.</summary>
internal sealed class Diag : Verb
{
    private const uint LastByDefault = 20;

    private readonly Argument<string?> _vm = VmArgument.OrOnlyOne();

    private readonly Option<ulong?> _after = new("--after")
    {
        Description = "Only mistakes with a greater sequence number",
        HelpName = "SEQUENCE",
        CustomParser = result => Values.ParseNumber(result),
    };

    private readonly Option<uint?> _last = Values.Count(
        "--last", $"The most mistakes to print, the newest [default: {LastByDefault}; all with --json or --after]");

    public Diag()
        : base("diag", "Print what a guest did wrong: totals, and the last mistakes with a sentence each")
    {
        Arguments.Add(_vm);
        Options.Add(_after);
        Options.Add(_last);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl diag",
        "itsctl diag guest-7 --last 100",
        "itsctl diag guest-7 --after 1041 --json",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var after = session.Arguments.GetValue(_after);
        var vm = await session.VmOrOnlyOneAsync(session.Arguments.GetValue(_vm), cancellationToken);
        var diagnostics = await ReadAsync(vm, after ?? 0, cancellationToken);
        var last = session.Arguments.GetValue(_last)
            ?? (session.PrintsJson || after is not null ? uint.MaxValue : LastByDefault);
        var leftOut = KeepLast(diagnostics, (int)Math.Min(last, int.MaxValue));

        if (session.PrintsJson)
        {
            session.Output.WriteLine(JsonText.FromMessage(diagnostics));
        }
        else
        {
            DiagnosticsText.Write(session.Output, vm.Name.Value, diagnostics, leftOut);
        }

        return ExitCode.Success;
    }

    /// <summary>
    /// All pages as one. The totals are those of the first: what comes after it belongs to the next call.
    /// </summary>
    private static async Task<GetDiagnosticsResponse> ReadAsync(
        VmHandle vm, ulong after, CancellationToken cancellationToken)
    {
        var diagnostics = await vm.GetDiagnosticsAsync(after, cancellationToken: cancellationToken);
        while (diagnostics.Mistakes is { Count: > 0 } read && read[^1].Sequence < diagnostics.LastSequence)
        {
            var next = await vm.GetDiagnosticsAsync(read[^1].Sequence, cancellationToken: cancellationToken);
            diagnostics.Mistakes.AddRange(
                next.Mistakes.Where(mistake => FirstSequence(mistake) <= diagnostics.LastSequence));
            if (next.Mistakes.Count == 0 || next.Mistakes[^1].Sequence > diagnostics.LastSequence)
            {
                break;
            }
        }

        EndAtLastSequence(diagnostics);
        diagnostics.LostCount = diagnostics.LastSequence - after - CountOf(diagnostics.Mistakes);
        return diagnostics;
    }

    /// <summary>A row may have gone on while the pages were read.</summary>
    private static void EndAtLastSequence(GetDiagnosticsResponse diagnostics)
    {
        if (diagnostics.Mistakes.LastOrDefault() is { } last && last.Sequence > diagnostics.LastSequence)
        {
            last.Count -= last.Sequence - diagnostics.LastSequence;
            last.Sequence = diagnostics.LastSequence;
        }
    }

    /// <summary>Leaves out the older ones, and tells how many mistakes they stand for.</summary>
    private static ulong KeepLast(GetDiagnosticsResponse diagnostics, int last)
    {
        var kept = diagnostics.Mistakes.TakeLast(last).ToList();
        var leftOut = CountOf(diagnostics.Mistakes.SkipLast(last));
        diagnostics.Mistakes.Clear();
        diagnostics.Mistakes.AddRange(kept);
        return leftOut;
    }

    private static ulong FirstSequence(GuestMistake mistake) => mistake.Sequence - mistake.Count + 1;

    private static ulong CountOf(IEnumerable<GuestMistake> mistakes) =>
        mistakes.Aggregate(0UL, (count, mistake) => count + mistake.Count);
}
