using System.Globalization;
using ItsService.Protocol.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ItsService.Cli.Output;

/// <summary>What VMs do, as a table: rates since the look before, and how things are now.</summary>
internal sealed class ActivityView
{
    private Dictionary<string, VmActivity> _before = [];
    private VmActivity? _totalBefore;

    /// <summary>The next look. The first one has no rates.</summary>
    public IRenderable Show(WatchActivityResponse look)
    {
        var seconds = look.ElapsedUs / 1e6;
        var table = new Table { Border = TableBorder.None, ShowRowSeparators = false };
        table.AddColumn(new TableColumn("VM").NoWrap());
        table.AddColumn(new TableColumn("state").NoWrap());
        foreach (var title in new[]
        {
            "msi/s", "coalesced/s", "dropped/s", "ack/s", "cmd/s", "inject p50", "p99", "p99.9", "ack p50", "p99",
            "queued", "pending", "waiting",
        })
        {
            table.AddColumn(new TableColumn(title).RightAligned().NoWrap());
        }

        AddRow(table, "all", $"{look.VmCount} VMs", look.Total, _totalBefore, seconds);
        foreach (var vm in look.Vms)
        {
            AddRow(table, vm.Vm, StateOf(vm), vm, _before.GetValueOrDefault(vm.Vm), seconds);
        }

        var rows = new List<IRenderable> { table };
        rows.AddRange(look.Vms.Where(vm => vm.LastMistake.Length > 0).Select(LastMistake));
        _before = look.Vms.ToDictionary(vm => vm.Vm);
        _totalBefore = look.Total;
        return new Rows(rows);
    }

    private static void AddRow(
        Table table, string name, string state, VmActivity now, VmActivity? before, double seconds)
    {
        string Rate(Func<VmActivity, ulong> read) =>
            before is null || seconds <= 0 || read(now) < read(before)
                ? "-"
                : Number((read(now) - read(before)) / seconds);
        table.AddRow(
            Cell(name),
            Cell(state),
            Cell(Rate(vm => vm.MessagesPended + vm.MessagesCoalesced + vm.MessagesDropped)),
            Cell(Rate(vm => vm.MessagesCoalesced)),
            Cell(Rate(vm => vm.MessagesDropped)),
            Cell(Rate(vm => vm.Acknowledged)),
            Cell(Rate(vm => vm.Commands)),
            Cell(Time(now.Injection, summary => summary.P50Ns)),
            Cell(Time(now.Injection, summary => summary.P99Ns)),
            Cell(Time(now.Injection, summary => summary.P999Ns)),
            Cell(Time(now.Acknowledge, summary => summary.P50Ns)),
            Cell(Time(now.Acknowledge, summary => summary.P99Ns)),
            Cell(now.StalledQueues > 0
                ? $"{Number(now.WaitingCommands)} stalled"
                : Number(now.WaitingCommands)),
            Cell(Number(now.PendingLpis)),
            Cell(Number(now.WaitingCalls)));
    }

    private static Text LastMistake(VmActivity vm) =>
        new($"{vm.Vm}, {At(vm)}: {vm.LastMistake} ({vm.Mistakes} in all)");

    private static string At(VmActivity vm) =>
        vm.LastMistakeTime?.ToDateTime().ToString("HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "before";

    private static string StateOf(VmActivity vm)
    {
        var state = vm.State.ToString().ToLowerInvariant();
        return vm.Attached ? $"{state}, attached" : state;
    }

    private static Text Cell(string text) => new(text);

    private static string Time(LatencySummary? summary, Func<LatencySummary, ulong> read) =>
        summary is not { Count: > 0 } ? "-" : LatencyText.Short(read(summary));

    private static string Number(double value) => value switch
    {
        < 10_000 => value.ToString("F0", CultureInfo.InvariantCulture),
        < 1e6 => $"{(value / 1e3).ToString("F1", CultureInfo.InvariantCulture)} k",
        _ => $"{(value / 1e6).ToString("F2", CultureInfo.InvariantCulture)} M",
    };
}
