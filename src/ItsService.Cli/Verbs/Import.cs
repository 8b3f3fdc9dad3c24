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

    private readonly Option<RamImageName[]> _ram = RamImageArgument.Option();

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
        var creates = session.Arguments.GetValue(_create);
        var keepsMemory = session.Arguments.GetValue(_keepMemory);
        var named = session.Arguments.GetValue(_ram) ?? [];
        if (keepsMemory && (creates || named.Length > 0))
        {
            throw new UsageException(
                creates ? "--create makes a VM that has nothing in its memory: there is none for --keep-memory to keep"
                : "--ram and --keep-memory exclude one another");
        }

        var path = session.Arguments.GetRequiredValue(_file);
        var document = ExportReader.Read(path);
        var images = keepsMemory ? [] : ChosenImages.Of(document, named);
        if (images.Count == 0 && !creates && !keepsMemory)
        {
            throw new UsageException(
                "the export names no image of guest memory, which has the tables: give one with --ram FILE@ADDRESS, or "
                + "say --keep-memory where the VM's own memory has them");
        }

        var name = session.Arguments.GetRequiredValue(_vm);
        var (vm, summary) = creates
            ? await ImportedVm.CreateAsync(session, IdOf(name), document, images, cancellationToken)
            : await FillAsync(session.Client.Vm(name));
        session.Output.WriteLine(session.PrintsJson
            ? JsonText.FromMessage(summary)
            : $"{vm.Name.Value} imported from {path}: {SummaryText.Of(summary)}; it is Paused");
        return ExitCode.Success;

        async Task<(VmHandle Vm, StateSummary Summary)> FillAsync(VmHandle vm) => (vm, await ImportedVm.FillAsync(
            session, vm, document, images, areAll: !keepsMemory && named.Length == 0, cancellationToken));
    }

    private static string IdOf(string name) =>
        name.StartsWith("vms/", StringComparison.Ordinal) ? name["vms/".Length..] : name;
}
