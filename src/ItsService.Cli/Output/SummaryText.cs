using System.Globalization;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Output;

/// <summary>What a saved state holds, in numbers.</summary>
internal static class SummaryText
{
    public static string Of(StateSummary summary) =>
        $"{Count(summary.MappedEvents, "event")} mapped, {Count(summary.PendingLpis, "LPI")} pending, "
        + $"{Count(summary.InFlightCommands, "command")} in flight";

    private static string Count(ulong count, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");
}
