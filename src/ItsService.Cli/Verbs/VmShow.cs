using System.CommandLine;
using ItsService.Cli.Output;

namespace ItsService.Cli.Verbs;

/// <summary>`vm show`.</summary>
internal sealed class VmShow : Verb
{
    private readonly Argument<string> _vm = VmArgument.Required();

    public VmShow()
        : base("show", "Show a VM: shape, state, interrupt lines")
    {
        Arguments.Add(_vm);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl vm show guest-7",
        "itsctl vm show guest-7 --json",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var name = session.Arguments.GetRequiredValue(_vm);
        var vm = await session.Client.Vm(name).DescribeAsync(cancellationToken);
        VmView.Print(session, vm);
        return ExitCode.Success;
    }
}
