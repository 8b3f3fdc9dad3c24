using System.CommandLine;
using ItsService.Cli.Output;

namespace ItsService.Cli.Verbs;

/// <summary>`restore`: a VM's interrupt controller from a file.</summary>
internal sealed class Restore : Verb
{
    private readonly Argument<string> _vm = VmArgument.Required();

    private readonly Argument<string> _file = new("FILE") { Description = "What `itsctl save` has written" };

    public Restore()
        : base("restore", "Restore a VM's interrupt controller from a file; the VM must be Paused and stays so")
    {
        Arguments.Add(_vm);
        Arguments.Add(_file);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl restore guest-7 guest-7.state",
        "itsctl restore guest-7 guest-7.state && itsctl vm resume guest-7",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var path = session.Arguments.GetRequiredValue(_file);
        var state = StateFile.Read(path);
        var vm = session.Client.Vm(session.Arguments.GetRequiredValue(_vm));
        var summary = await vm.RestoreAsync(state, cancellationToken);
        session.Output.WriteLine(session.PrintsJson
            ? JsonText.FromMessage(summary)
            : $"{vm.Name.Value} restored from {path}: {SummaryText.Of(summary)}; it is Paused");
        return ExitCode.Success;
    }
}
