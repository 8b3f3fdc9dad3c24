using System.CommandLine;
using ItsService.Cli.Exchange;
using ItsService.Cli.Output;
using ItsService.Client;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Verbs;

/// <summary>`import`: a VM's interrupt controller from registers and guest memory.</summary>
internal sealed class Import : Verb
{
    private readonly Argument<string> _vm = VmArgument.Required();

    private readonly Argument<string> _file = new("FILE") { Description = "What `itsctl export` has written" };

    private readonly Option<bool> _create = new("--create") { Description = "Create the VM as the export says" };

    private readonly Option<RamImagePart[]> _ram = RamImageArgument.Option();

    private readonly Option<bool> _keepMemory = new("--keep-memory")
    {
        Description = "Leave guest memory as it is: it has the tables already, or there are none",
    };

    public Import()
        : base("import", "Take an interrupt controller's state from registers and the tables in guest memory")
    {
        Arguments.Add(_vm);
        Arguments.Add(_file);
        Options.Add(_create);
        Options.Add(_ram);
        Options.Add(_keepMemory);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl import guest-8 guest-7.json --create",
        "itsctl import guest-8 guest-7.json --create --ram guest-7.ram@0x40000000",
        "itsctl import guest-7 guest-7.json --keep-memory && itsctl vm resume guest-7",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var path = session.Arguments.GetRequiredValue(_file);
        var document = ExportReader.Read(path);
        var images = session.Arguments.GetValue(_ram) is { Length: > 0 } given ? given
            : session.Arguments.GetValue(_keepMemory) ? Array.Empty<RamImagePart>()
            : null;
        var name = session.Arguments.GetRequiredValue(_vm);
        var (vm, summary) = session.Arguments.GetValue(_create)
            ? await ImportedVm.CreateAsync(session, IdOf(name), document, images, cancellationToken)
            : await FillAsync(session, session.Client.Vm(name), document, images, cancellationToken);
        session.Output.WriteLine(session.PrintsJson
            ? JsonText.FromMessage(summary)
            : $"{vm.Name.Value} imported from {path}: {SummaryText.Of(summary)}; it is Paused");
        return ExitCode.Success;
    }

    private static async Task<(VmHandle Vm, StateSummary Summary)> FillAsync(
        Session session,
        VmHandle vm,
        ExportDocument document,
        IReadOnlyList<RamImagePart>? images,
        CancellationToken cancellationToken)
    {
        // Memory of a VM that runs is not written: the state would be refused after that.
        if ((await vm.DescribeAsync(cancellationToken)).State != VmState.Paused)
        {
            throw new InputException($"{vm.Name.Value} is not Paused: `itsctl vm pause {IdOf(vm.Name.Value)}` first");
        }

        return (vm, await ImportedVm.FillAsync(session, vm, document, images, cancellationToken));
    }

    private static string IdOf(string name) =>
        name.StartsWith("vms/", StringComparison.Ordinal) ? name["vms/".Length..] : name;
}
