using ItsService.Cli.Input;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Output;

/// <summary>What became of commands, for a person: one to a line, and their number at the end.</summary>
internal static class CommandResultsText
{
    public static void Write(
        TextWriter output, VmName vm, uint its, IReadOnlyList<WrittenCommand> commands, CommandResults results)
    {
        for (var place = 0; place < results.All.Count; place++)
        {
            var result = results.All[place];
            output.WriteLine($"0x{result.QueueOffset:x5}  {commands[place].Text}: {Words(result)}");
        }

        LinesText.Write(output, results.ChangedLines);
        output.WriteLine($"{vm} ITS {its}: {Summary(results.All)}");
    }

    private static string Words(CommandResult result)
    {
        var why = result.Message.Length == 0 ? "" : $": {result.Message}";
        return result.Outcome switch
        {
            CommandOutcome.Executed => "executed",
            CommandOutcome.Failed => $"failed{why}{Error(result)}",
            CommandOutcome.Stalled => $"{Or(result.Message, "the queue stalled")}{Error(result)}",
            _ => $"not executed: {Or(result.Message, $"{result.Outcome}")}",
        };
    }

    private static string Error(CommandResult result) => $" [{result.ErrorName} 0x{result.ErrorCode:x6}]";

    // The service leaves sentences out where there are too many of them.
    private static string Or(string message, string otherwise) => message.Length == 0 ? otherwise : message;

    private static string Summary(IReadOnlyList<CommandResult> results)
    {
        var counts = results.CountBy(result => Kind(result.Outcome)).Select(kind => $"{kind.Value} {kind.Key}");
        var sum = CountText.Of((ulong)results.Count, "command");
        return $"{sum}: {string.Join(", ", counts)}";
    }

    private static string Kind(CommandOutcome outcome) => outcome switch
    {
        CommandOutcome.Executed => "executed",
        CommandOutcome.Failed => "failed",
        CommandOutcome.Stalled => "stalled",
        _ => "not executed",
    };
}
