using System.CommandLine;
using ItsService.Cli.Output;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Verbs;

/// <summary>`checkpoint list`.</summary>
internal sealed class CheckpointList : Verb
{
    private readonly Argument<string?> _vm = VmArgument.OrAll();

    public CheckpointList()
        : base("list", "List checkpoints; each is read to its end, and what is wrong with it is told")
    {
        Arguments.Add(_vm);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl checkpoint list",
        "itsctl checkpoint list guest-7 --json",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var vm = session.Arguments.GetValue(_vm) is { } name ? new VmName(name) : (VmName?)null;
        var response = new ListCheckpointsResponse();
        await foreach (var checkpoint in session.Client.Checkpoints.ListAsync(vm, cancellationToken))
        {
            response.Checkpoints.Add(checkpoint);
        }

        if (session.PrintsJson)
        {
            session.Output.WriteLine(JsonText.FromMessage(response));
        }
        else if (response.Checkpoints.Count == 0)
        {
            session.Output.WriteLine("no checkpoints");
        }
        else
        {
            session.Terminal.Write(CheckpointView.Table(response.Checkpoints));
        }

        return ExitCode.Success;
    }
}
