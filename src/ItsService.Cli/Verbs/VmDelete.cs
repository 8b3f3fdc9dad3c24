using System.CommandLine;
using ItsService.Cli.Output;

namespace ItsService.Cli.Verbs;

/// <summary>`vm delete`.</summary>
internal sealed class VmDelete : Verb
{
    private readonly Argument<string> _vm = VmArgument.Required();

    public VmDelete()
        : base("delete", "Delete a VM with its memory")
    {
        Arguments.Add(_vm);
    }

    public override IReadOnlyList<string> Examples => ["itsctl vm delete guest-7"];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var vm = session.Client.Vm(session.Arguments.GetRequiredValue(_vm));
        await vm.DeleteAsync(cancellationToken);
        session.Output.WriteLine(
            session.PrintsJson ? JsonText.From(new { Deleted = vm.Name.Value }) : $"{vm.Name} deleted");
        return ExitCode.Success;
    }
}
