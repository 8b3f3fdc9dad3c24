using System.CommandLine;
using ItsService.Cli.Output;

namespace ItsService.Cli.Verbs;

/// <summary>`dump`: what the ITSs and the redistributors hold.</summary>
internal sealed class Dump : Verb
{
    private readonly Option<string?> _vm = VmArgument.Option();

    public Dump()
        : base("dump", "Print the tables of a VM: queues, collections, devices, events, pending LPIs")
    {
        Options.Add(_vm);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl dump",
        "itsctl dump --vm guest-7 --json",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var vm = await session.VmOrOnlyOneAsync(session.Arguments.GetValue(_vm), cancellationToken);
        var tables = await TablesSnapshot.ReadAsync(vm.DumpTablesAsync(cancellationToken));
        if (session.PrintsJson)
        {
            session.Output.WriteLine(JsonText.From(TablesJson.From(vm.Name.Value, tables)));
        }
        else
        {
            session.Terminal.Write(TablesTree.From(vm.Name.Value, tables));
        }

        return ExitCode.Success;
    }
}
