using System.CommandLine;
using System.Globalization;
using ItsService.Cli.Exchange;
using ItsService.Cli.Input;
using ItsService.Cli.Output;
using ItsService.Client;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Verbs;

/// <summary>`export`: a VM's interrupt controller as KVM has it.</summary>
internal sealed class Export : Verb
{
    private readonly Argument<string> _vm = VmArgument.Required();

    private readonly Argument<string> _file = new("FILE") { Description = "Where the registers go, as JSON" };

    private readonly Option<string?> _ram = new("--ram")
    {
        Description = "Where guest memory goes, which holds the tables; the VM waits while it is read",
        HelpName = "IMAGE",
    };

    private readonly Option<string?> _inFlight = InFlightPolicies.Option();

    private readonly Option<bool> _stayPaused = new("--stay-paused") { Description = "Leave the VM Paused" };

    public Export()
        : base("export", "Write a VM's interrupt controller as KVM has it: registers to a file, tables to guest memory")
    {
        Arguments.Add(_vm);
        Arguments.Add(_file);
        Options.Add(_ram);
        Options.Add(_inFlight);
        Options.Add(_stayPaused);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl export guest-7 guest-7.json --ram guest-7.ram",
        "itsctl export guest-7 guest-7.json --stay-paused",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var path = session.Arguments.GetRequiredValue(_file);
        var ram = session.Arguments.GetValue(_ram);
        using var file = StateFile.Begin(path);
        var vm = session.Client.Vm(session.Arguments.GetRequiredValue(_vm));
        var before = await vm.DescribeAsync(cancellationToken);
        var stayPaused = session.Arguments.GetValue(_stayPaused);
        var exported = await vm.ExportAsync(
            new SaveOptions
            {
                InFlight = InFlightPolicies.Of(session.Arguments.GetValue(_inFlight)),
                StayPaused = stayPaused || ram is not null,
            },
            cancellationToken);
        IReadOnlyList<RamImagePart> parts = [];
        if (ram is not null)
        {
            var runsOn = before.State == VmState.Running && !stayPaused;
            parts = RamImage.PartsOf(before.Spec.MemoryRegions, NameFrom(path, ram));
            await SaveMemoryAsync(session, vm, parts, ram, runsOn, cancellationToken);
        }

        var labels = new AttributeLabels(
            await vm.ListRegistersAsync(cancellationToken), [.. before.Spec.Vcpus.Select(vcpu => vcpu.Affinity)]);
        // The VM's places by now, which may have been set since it was created.
        var spec = (await vm.DescribeAsync(cancellationToken)).Spec;
        file.Finish(ExportWriter.Write(new ExportDocument(exported.State, spec, parts), labels));
        Print(session, vm, path, ram, exported);
        return ExitCode.Success;
    }

    /// <summary>The VM waits meanwhile, so that memory and registers are of one instant.</summary>
    private static async Task SaveMemoryAsync(
        Session session,
        VmHandle vm,
        IReadOnlyList<RamImagePart> parts,
        string ram,
        bool runsOn,
        CancellationToken cancellationToken)
    {
        try
        {
            await RamImage.SaveAsync(vm, parts, ram, session.Error, cancellationToken);
        }
        finally
        {
            if (runsOn)
            {
                await vm.ResumeAsync(CancellationToken.None);
            }
        }
    }

    /// <summary>The image as the export names it: both may be moved together.</summary>
    private static string NameFrom(string path, string ram) =>
        Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/", Path.GetFullPath(ram));

    private static void Print(Session session, VmHandle vm, string path, string? ram, ExportedVm exported)
    {
        if (session.PrintsJson)
        {
            session.Output.WriteLine(JsonText.FromMessage(exported.Summary));
            return;
        }

        var memory = ram is null ? "guest memory has the tables" : $"guest memory in {ram}";
        session.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{vm.Name.Value} exported to {path}, {exported.State.Attributes.Count} attributes, {memory}: "
            + $"{SummaryText.Of(exported.Summary)}"));
    }
}
