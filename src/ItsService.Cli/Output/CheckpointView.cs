using System.Globalization;
using ItsService.Protocol.V1;
using Spectre.Console;

namespace ItsService.Cli.Output;

/// <summary>Checkpoints as text.</summary>
internal static class CheckpointView
{
    public static Table Table(IEnumerable<Checkpoint> checkpoints)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("Checkpoint", "Made", "Bytes", "State");
        foreach (var checkpoint in checkpoints)
        {
            table.AddRow(
                Markup.Escape(checkpoint.Name),
                checkpoint.CreatedUnixMs == 0 ? "" : Time(checkpoint.CreatedUnixMs),
                checkpoint.SizeBytes.ToString(CultureInfo.InvariantCulture),
                checkpoint.Damage.Length == 0
                    ? $"[green]whole[/]: {SummaryText.Of(checkpoint.Summary ?? new StateSummary())}"
                    : $"[red]damaged[/]: {Markup.Escape(checkpoint.Damage)}");
        }

        return table;
    }

    /// <summary>"4096 bytes, 0 of them guest memory".</summary>
    public static string Sizes(Checkpoint checkpoint) => string.Create(
        CultureInfo.InvariantCulture,
        $"{checkpoint.SizeBytes} bytes, {checkpoint.MemoryBytes} of them guest memory");

    // A damaged file may name any moment.
    private static string Time(ulong unixMs) => unixMs <= (ulong)DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
        ? DateTimeOffset.FromUnixTimeMilliseconds((long)unixMs)
            .ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)
        : "?";
}
