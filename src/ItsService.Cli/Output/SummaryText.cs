using ItsService.Protocol.V1;

namespace ItsService.Cli.Output;

/// <summary>What a saved state holds, in numbers.</summary>
internal static class SummaryText
{
    public static string Of(StateSummary summary) =>
        $"{CountText.Of(summary.MappedEvents, "event")} mapped, {CountText.Of(summary.PendingLpis, "LPI")} pending, "
        + $"{CountText.Of(summary.InFlightCommands, "command")} in flight";
}
