using System.CommandLine;
using ItsService.Cli.Output;

namespace ItsService.Cli.Verbs;

/// <summary>`vm resume`.</summary>
internal sealed class VmResume : Verb
{
    private readonly Argument<string> _vm = VmArgument.Required();

    public VmResume()
        : base("resume", "Let a Paused VM run")
    {
        Arguments.Add(_vm);
    }

    public override IReadOnlyList<string> Examples => ["itsctl vm resume guest-7"];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var name = session.Arguments.GetRequiredValue(_vm);
        var vm = await session.Client.Vm(name).ResumeAsync(cancellationToken);
        VmView.PrintState(session, vm);
        return ExitCode.Success;
    }
}
