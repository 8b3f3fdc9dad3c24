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
        using var file = StateFile.Begin(path);
        var vm = session.Client.Vm(session.Arguments.GetRequiredValue(_vm));
        var options = _options.Read(session.Arguments);
        var before = await vm.DescribeAsync(cancellationToken);
        var parts = ram is null ? [] : RamImage.PartsOf(before.Spec.MemoryRegions, NameFrom(path, ram));
        var exported = ram is null
            ? await vm.ExportAsync(options, cancellationToken)
            : await ExportWithMemoryAsync(session, vm, options, parts, ram, before.State, cancellationToken);
        var labels = new AttributeLabels(
            await vm.ListRegistersAsync(cancellationToken), [.. before.Spec.Vcpus.Select(vcpu => vcpu.Affinity)]);
        // The VM's places by now, which may have been set since it was created.
        var spec = (await vm.DescribeAsync(cancellationToken)).Spec;
        file.Finish(ExportWriter.Write(new ExportDocument(exported.State, spec, parts), labels));
        Print(session, vm, path, ram, exported);
        return ExitCode.Success;
    }

    /// <summary>
    /// The VM waits meanwhile, so that memory and registers are of one instant; in whichever way that ends, it runs on.
    /// </summary>
    private static async Task<ExportedVm> ExportWithMemoryAsync(
        Session session,
        VmHandle vm,
        SaveOptions options,
        IReadOnlyList<RamImagePart> parts,
        string ram,
        VmState before,
        CancellationToken cancellationToken)
    {
        try
        {
            var exported = await vm.ExportAsync(options with { StayPaused = true }, cancellationToken);
            await RamImage.SaveAsync(vm, parts, ram, session.Error, cancellationToken);
            return exported;
        }
        finally
        {
            if (before == VmState.Running && !options.StayPaused)
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
