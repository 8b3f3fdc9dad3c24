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

    private readonly SaveArguments _options = new();

    public Export()
        : base("export", "Write a VM's interrupt controller as KVM has it: registers to a file, tables to guest memory")
    {
        Arguments.Add(_vm);
        Arguments.Add(_file);
        Options.Add(_ram);
        _options.AddTo(this, needsTables: true);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl export guest-7 guest-7.json --ram guest-7.ram",
        "itsctl export guest-7 guest-7.json --stay-paused",
        "itsctl export guest-7 guest-7.json --in-flight drain --drain-ms 500",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var path = session.Arguments.GetRequiredValue(_file);
        var ram = session.Arguments.GetValue(_ram);
        var options = _options.Read(session.Arguments);

        // Whether they can be written is found before the VM is stopped for them.
        using var files = ExportFiles.Begin(path, ram);
        var vm = session.Client.Vm(session.Arguments.GetRequiredValue(_vm));
        var exported = await LeftPaused.TellingAsync(
            session, vm.Name, options.StayPaused, () => ExportAsync(session, vm, options, files, cancellationToken));
        Print(session, vm, path, ram, exported);
        return ExitCode.Success;
    }

    private static async Task<ExportedVm> ExportAsync(
        Session session, VmHandle vm, SaveOptions options, ExportFiles files, CancellationToken cancellationToken)
    {
        Vm? described = null;
        var exported = files.HasImage
            ? await PausedExport.RunAsync(session, vm, options, SaveMemoryAsync, cancellationToken)
            : await vm.ExportAsync(options, cancellationToken);
        // The VM's places by now, which may have been set since it was created.
        var spec = (described ?? await vm.DescribeAsync(cancellationToken)).Spec;
        var labels = new AttributeLabels(
            await vm.ListRegistersAsync(cancellationToken), [.. spec.Vcpus.Select(vcpu => vcpu.Affinity)]);
        files.Finish(exported.State, spec, labels);
        return exported;

        async Task SaveMemoryAsync()
        {
            described = await vm.DescribeAsync(cancellationToken);
            await files.SaveMemoryAsync(vm, described.Spec.MemoryRegions, session.Error, cancellationToken);
        }
    }

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
