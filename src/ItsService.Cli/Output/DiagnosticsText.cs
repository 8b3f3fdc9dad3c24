using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Output;

/// <summary>Diagnostics for a person: totals first, then the last mistakes, one to a line.</summary>
internal static class DiagnosticsText
{
    public static void Write(TextWriter output, string vm, GetDiagnosticsResponse diagnostics, ulong leftOutCount)
    {
        output.WriteLine($"{vm}: {CountText.Of(diagnostics.LastSequence, "mistake")}");
        WriteTotals(output, "by kind", diagnostics.MistakeTotals.Select(total => (total.Count, $"{total.Kind}")));
        WriteTotals(output, "messages", diagnostics.MsiTotals.Select(OutcomeTotal));
        WriteTotals(output, "messages of INT", diagnostics.IntCommandTotals.Select(OutcomeTotal));
        WriteTotals(output, "direct LPIs", diagnostics.DirectLpiTotals.Select(OutcomeTotal));
        WriteTotals(
            output,
            "commands executed",
            diagnostics.CommandTotals.Where(total => total.ErrorCode == 0)
                .Select(total => (total.Count, total.OpcodeName)));
        WriteTotals(
            output,
            "commands in error",
            diagnostics.CommandTotals.Where(total => total.ErrorCode != 0)
                .Select(total => (total.Count, $"{total.OpcodeName}: {Error(total.ErrorName, total.ErrorCode)}")));
        if (diagnostics.LostLpiTotal > 0)
        {
            output.WriteLine(
                $"{CountText.Of(diagnostics.LostLpiTotal, "pending LPI")} lost, "
                + "as the pending table could not be written");
        }

        WriteMistakes(output, diagnostics, leftOutCount);
    }

    private static void WriteTotals(TextWriter output, string title, IEnumerable<(ulong Count, string Name)> totals)
    {
        var rows = totals.ToList();
        if (rows.Count == 0)
        {
            return;
        }

        output.WriteLine($"{title}:");
        foreach (var (count, name) in rows)
        {
            output.WriteLine($"  {count,10}  {name}");
        }
    }

    private static void WriteMistakes(TextWriter output, GetDiagnosticsResponse diagnostics, ulong leftOutCount)
    {
        if (diagnostics.LostCount > 0)
        {
            output.WriteLine($"{CountText.Of(diagnostics.LostCount, "mistake")} not kept any more");
        }

        if (leftOutCount > 0)
        {
            output.WriteLine($"{CountText.Of(leftOutCount, "older mistake")} not printed: --last says how many are");
        }

        foreach (var mistake in diagnostics.Mistakes)
        {
            var time = Time(mistake.Time);
            var its = mistake.HasIts ? $" ITS {mistake.Its}:" : "";
            output.WriteLine(
                $"#{mistake.Sequence} {time}{its} {mistake.Message}{Command(mistake.Command)}{Row(mistake)}");
        }
    }

    private static string Row(GuestMistake mistake) => mistake.Count > 1
        ? $" ({mistake.Count} in a row since {Time(mistake.FirstTime)})"
        : "";

    private static string Time(Timestamp time) =>
        time.ToDateTimeOffset().ToString("u", CultureInfo.InvariantCulture);

    private static string Command(CommandMistake? command) => command is null
        ? ""
        : $" [{Error(command.ErrorName, command.ErrorCode)}, queue offset 0x{command.QueueOffset:x}]";

    private static string Error(string name, uint code) => $"{name} 0x{code:x6}";

    private static (ulong Count, string Name) OutcomeTotal(MsiTotal total) => (total.Count, $"{total.Outcome}");
}
