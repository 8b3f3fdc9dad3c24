using ItsService.Cli.Input;
using ItsService.Protocol.V1;
using Spectre.Console;

namespace ItsService.Cli.Output;

/// <summary>A dump as a tree: ITS → queue, collections, devices → events; redistributors → pending LPIs.</summary>
internal static class TablesTree
{
    public static Tree From(string vm, TablesSnapshot tables)
    {
        var tree = new Tree($"[bold]{Markup.Escape(vm)}[/]");
        foreach (var its in tables.ItsUnits)
        {
            AddIts(tree, its);
        }

        foreach (var redistributor in tables.Redistributors)
        {
            AddRedistributor(tree, redistributor);
        }

        return tree;
    }

    private static void AddIts(Tree tree, ItsTables tables)
    {
        var its = tables.Its;
        var stalled = its.Stalled ? " [red]stalled[/]" : "";
        var node = tree.AddNode($"[bold]ITS {its.Its}[/] {OnOff(its.Enabled)}{stalled}");
        node.AddNode(Queue(its));
        var collections = node.AddNode($"collections: {tables.Collections.Count}");
        foreach (var collection in tables.Collections)
        {
            collections.AddNode($"collection {collection.CollectionId} → vCPU {collection.Vcpu}");
        }

        var devices = node.AddNode($"devices: {tables.Devices.Count}");
        foreach (var (device, events) in tables.Devices)
        {
            var deviceNode = devices.AddNode(
                $"device 0x{device.DeviceId:x}: ITT 0x{device.IttAddress:x}, {device.EventIdBits} EventID bits, "
                + $"events: {events.Count}");
            foreach (var mapped in events)
            {
                deviceNode.AddNode($"event {mapped.EventId} → LPI {mapped.IntId}, collection {mapped.CollectionId}");
            }
        }
    }

    private static string Queue(ItsEntry its) => its.QueueValid
        ? $"command queue 0x{its.QueueAddress:x}, {ByteSize.Format(its.QueueSizeBytes)}: "
            + $"read 0x{its.ReadOffset:x}, write 0x{its.WriteOffset:x}"
        : "command queue: none";

    private static void AddRedistributor(Tree tree, RedistributorTables tables)
    {
        var redistributor = tables.Redistributor;
        var node = tree.AddNode(
            $"[bold]redistributor {redistributor.Vcpu}[/] (affinity 0x{redistributor.Affinity:x}) LPIs "
            + OnOff(redistributor.LpisEnabled));
        if (redistributor.LpisEnabled)
        {
            node.AddNode(
                $"configuration 0x{redistributor.ConfigurationTableAddress:x}, {redistributor.IntIdBits} INTID bits");
            node.AddNode($"pending table 0x{redistributor.PendingTableAddress:x}");
        }

        var pending = node.AddNode($"pending LPIs: {tables.PendingLpis.Count}");
        foreach (var lpi in tables.PendingLpis)
        {
            pending.AddNode($"LPI {lpi.IntId}, {OnOff(lpi.Enabled)}, priority 0x{lpi.Priority:x2}");
        }
    }

    private static string OnOff(bool enabled) => enabled ? "[green]enabled[/]" : "[yellow]disabled[/]";
}
