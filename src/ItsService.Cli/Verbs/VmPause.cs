using System.CommandLine;
using ItsService.Cli.Output;

namespace ItsService.Cli.Verbs;

/// <summary>`vm pause`.</summary>
internal sealed class VmPause : Verb
{
    private readonly Argument<string> _vm = VmArgument.Required();

    public VmPause()
        : base("pause", "Stop a VM at a command boundary")
    {
        Arguments.Add(_vm);
    }

    public override IReadOnlyList<string> Examples => ["itsctl vm pause guest-7"];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var name = session.Arguments.GetRequiredValue(_vm);
        var vm = await session.Client.Vm(name).PauseAsync(cancellationToken);
        VmView.PrintState(session, vm);
        return ExitCode.Success;
    }
}
