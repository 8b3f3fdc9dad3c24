using System.Globalization;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Output;

/// <summary>What a saved state holds, in numbers.</summary>
internal static class SummaryText
{
    public static string Of(StateSummary summary) => string.Create(
        CultureInfo.InvariantCulture,
        $"{summary.MappedEvents} events mapped, {summary.PendingLpis} LPIs pending, "
        + $"{summary.InFlightCommands} commands in flight");
}
