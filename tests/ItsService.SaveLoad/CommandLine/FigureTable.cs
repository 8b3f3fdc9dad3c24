using System.Globalization;
using System.Text;
using ItsService.SaveLoad.Running;

namespace ItsService.SaveLoad.CommandLine;

/// <summary>The figures of several runs, one column for each.</summary>
internal static class FigureTable
{
    private const int LabelWidth = 38;
    private const int ColumnWidth = 12;

    /// <summary>What is told of a run, in this order, with its name for programs.</summary>
    public static readonly IReadOnlyList<(string Key, string Label, Func<RunFigures, long> Value)> Rows =
    [
        ("seconds", "seconds", run => (long)run.Elapsed.TotalSeconds),
        ("saves", "saves", run => run.SaveCount),
        ("saves_paused", "  that left the VM Paused", run => run.PausedSaveCount),
        ("saves_carrying", "  with commands in flight", run => run.CarryingSaveCount),
        ("commands_carried", "  commands in flight in them", run => run.CarriedCommandCount),
        ("saves_refused", "refused: commands in flight", run => run.RefusedCount),
        ("restores", "restores checked", run => run.RestoreCount),
        ("restored_acknowledged", "  acknowledged there", run => run.RestoredAcknowledgedCount),
        ("take_overs", "  that took over the load", run => run.TakeOverCount),
        ("commands", "commands executed", run => run.CommandCount),
        ("messages_sent", "messages sent", run => run.SentCount),
        ("messages_pended", "  pended", run => run.PendedCount),
        ("messages_coalesced", "  coalesced", run => run.CoalescedCount),
        ("int_commands", "INT commands", run => run.IntCount),
        ("int_coalesced", "  coalesced", run => run.IntCoalescedCount),
        ("acknowledged", "acknowledged", run => run.AcknowledgedCount),
        ("cleared", "cleared by a command", run => run.ClearedCount),
        ("pending_in_states", "pending in the states, together", run => run.SavedPendingCount),
        ("mismatches", "mismatches", run => run.Mismatch is null ? 0 : 1),
    ];

    public static string Print(IReadOnlyList<RunFigures> runs)
    {
        var text = new StringBuilder();
        Add(text, "in-flight policy", runs.Select(run => run.Plan.Policy.ToString().ToLowerInvariant()));
        Add(text, "after the save the load goes to", runs.Select(
            run => run.Plan.Successor.ToString().ToLowerInvariant()));
        foreach (var (_, label, value) in Rows)
        {
            Add(text, label, runs.Select(run => value(run).ToString("N0", CultureInfo.InvariantCulture)));
        }

        return text.ToString();
    }

    private static void Add(StringBuilder text, string label, IEnumerable<string> values)
    {
        text.Append(label.PadRight(LabelWidth));
        foreach (var value in values)
        {
            text.Append(value.PadLeft(ColumnWidth));
        }

        text.AppendLine();
    }
}
