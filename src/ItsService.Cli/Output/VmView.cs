using ItsService.Cli.Input;
using ItsService.Protocol.V1;
using Spectre.Console;
using Profile = ItsService.Protocol.V1.Profile;

namespace ItsService.Cli.Output;

/// <summary>VMs as tables.</summary>
internal static class VmView
{
    /// <summary>What a list tells of each; the rest of the shape is in the description of one.</summary>
    public static Table Table(IEnumerable<Vm> vms)
    {
        var table = new Table().Border(TableBorder.Rounded)
            .AddColumns("VM", "State", "Profile", "UID");
        foreach (var vm in vms)
        {
            table.AddRow(
                Markup.Escape(vm.Name),
                State(vm),
                ProfileName(vm.Spec.Profile),
                Markup.Escape(vm.Uid));
        }

        return table;
    }

    public static void Print(Session session, Vm vm)
    {
        if (session.PrintsJson)
        {
            session.Output.WriteLine(JsonText.FromMessage(vm));
            return;
        }

        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("", "");
        table.AddRow("name", Markup.Escape(vm.Name));
        table.AddRow("uid", Markup.Escape(vm.Uid));
        table.AddRow("state", State(vm));
        if (vm.Spec.AwaitsInit)
        {
            table.AddRow("waits for", $"INIT (itsctl attr set gic INIT --vm {Markup.Escape(vm.Name)})");
        }

        table.AddRow("profile", ProfileName(vm.Spec.Profile));
        table.AddRow("command errors", CommandErrors.NameOf(vm.Spec.CommandErrorPolicy));
        table.AddRow("vCPUs", Vcpus(vm));
        table.AddRow("GICD", vm.Spec.HasDistributorBase ? $"0x{vm.Spec.DistributorBase:x}" : "not placed");
        foreach (var region in vm.Spec.RedistributorRegions)
        {
            table.AddRow("GICR", $"0x{region.Base:x}, {region.Count} redistributors");
        }

        foreach (var its in vm.Spec.Its)
        {
            table.AddRow("GITS", its.HasBase ? $"0x{its.Base:x}, doorbell 0x{its.Base + 0x10040:x}" : "not placed");
        }

        foreach (var region in vm.Spec.MemoryRegions)
        {
            var readOnly = region.ReadOnly ? ", read-only" : "";
            table.AddRow(
                "RAM",
                $"0x{region.Base:x}, {ByteSize.Format(region.SizeBytes)}{readOnly}{Markup.Escape(Backing(region))}");
        }

        if (vm.Spec.Lease is { } lease)
        {
            table.AddRow("session lease", LeaseOptions.Describe(lease));
        }

        session.Terminal.Write(table);
    }

    public static void PrintState(Session session, Vm vm) =>
        session.Output.WriteLine(session.PrintsJson ? JsonText.FromMessage(vm) : $"{vm.Name} {StateName(vm.State)}");

    private static string Vcpus(Vm vm)
    {
        var asserted = vm.Lines
            .Where(line => line.IrqAsserted || line.FiqAsserted).Select(line => $"{line.Vcpu}").ToList();
        return asserted.Count == 0
            ? $"{vm.Spec.Vcpus.Count}"
            : $"{vm.Spec.Vcpus.Count}, with an interrupt to take: {string.Join(", ", asserted)}";
    }

    /// <summary>The service's own memory is what nobody asks about.</summary>
    private static string Backing(MemoryRegion region) => region.BackingCase switch
    {
        MemoryRegion.BackingOneofCase.Remote => ", remote",
        MemoryRegion.BackingOneofCase.Shared when region.Shared.HasPeerFd => ", shared by its VMM",
        MemoryRegion.BackingOneofCase.Shared =>
            $", shared: {region.Shared.Path} from {ByteSize.Format(region.Shared.OffsetBytes)}",
        _ => "",
    };

    private static string State(Vm vm) => vm.State switch
    {
        VmState.Running => "[green]running[/]",
        VmState.Faulted => $"[red]faulted[/]: {Markup.Escape(vm.Fault)}",
        _ => $"[yellow]{StateName(vm.State)}[/]",
    };

    private static string StateName(VmState state) => state.ToString().ToLowerInvariant();

    private static string ProfileName(Profile profile) => profile.ToString().ToLowerInvariant();
}
