using ItsService.Cli.Output;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Verbs;

/// <summary>`vm list`.</summary>
internal sealed class VmList() : Verb("list", "List the VMs")
{
    public override IReadOnlyList<string> Examples =>
    [
        "itsctl vm list",
        "itsctl vm list --server unix:/run/its.sock --json",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var response = new ListVmsResponse();
        await foreach (var vm in session.Client.ListVmsAsync(cancellationToken))
        {
            response.Vms.Add(vm);
        }

        if (session.PrintsJson)
        {
            session.Output.WriteLine(JsonText.FromMessage(response));
        }
        else if (response.Vms.Count == 0)
        {
            session.Output.WriteLine("no VMs");
        }
        else
        {
            session.Terminal.Write(VmView.Table(response.Vms));
        }

        return ExitCode.Success;
    }
}
