using System.CommandLine;
using ItsService.Cli.Exchange;
using ItsService.Cli.Output;
using ItsService.Client;

namespace ItsService.Cli.Verbs;

/// <summary>`dump`: what the ITSs and the redistributors hold.</summary>
internal sealed class Dump : Verb
{
    private readonly Option<string?> _vm = VmArgument.Option();

    private readonly Option<string?> _offline = new("--offline")
    {
        Description = "Read an export and an image of guest memory instead; no service is needed",
        HelpName = "FILE",
    };

    private readonly Option<RamImageName[]> _ram = RamImageArgument.Option();

    public Dump()
        : base("dump", "Print the tables of a VM: queues, collections, devices, events, pending LPIs")
    {
        Options.Add(_vm);
        Options.Add(_offline);
        Options.Add(_ram);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl dump",
        "itsctl dump --vm guest-7 --json",
        "itsctl dump --offline guest-7.json",
        "itsctl dump --offline guest-7.json --ram guest-7.ram@0x40000000",
    ];

    protected override bool IsOffline(ParseResult arguments) => arguments.GetValue(_offline) is not null;

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var (name, vm) = await FindAsync(session, cancellationToken);
        var tables = await TablesSnapshot.ReadAsync(vm.DumpTablesAsync(cancellationToken));
        if (session.PrintsJson)
        {
            session.Output.WriteLine(JsonText.From(TablesJson.From(name, tables)));
        }
        else
        {
            session.Terminal.Write(TablesTree.From(name, tables));
        }

        return ExitCode.Success;
    }

    private async Task<(string Name, VmHandle Vm)> FindAsync(Session session, CancellationToken cancellationToken)
    {
        var named = session.Arguments.GetValue(_ram) ?? [];
        if (session.Arguments.GetValue(_offline) is not { } path)
        {
            var found = await session.VmOrOnlyOneAsync(session.Arguments.GetValue(_vm), cancellationToken);
            return named.Length == 0 ? (found.Name.Value, found) : throw new UsageException("--ram is for --offline");
        }

        if (session.Arguments.GetValue(_vm) is not null)
        {
            throw new UsageException("--vm and --offline exclude one another");
        }

        var document = ExportReader.Read(path);
        var (vm, _) = await ImportedVm.CreateAsync(
            session, "offline", document, ChosenImages.Of(document, named), cancellationToken);
        return (path, vm);
    }
}
