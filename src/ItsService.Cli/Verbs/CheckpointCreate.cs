using System.CommandLine;
using ItsService.Cli.Input;
using ItsService.Cli.Output;
using ItsService.Client.Identifiers;

namespace ItsService.Cli.Verbs;

/// <summary>`checkpoint create`.</summary>
internal sealed class CheckpointCreate : Verb
{
    private readonly Argument<string> _vm = VmArgument.Required();

    private readonly SaveArguments _options = new();

    public CheckpointCreate()
        : base("create", "Save a VM with its memory in the service's state directory; a VM that runs goes on")
    {
        Arguments.Add(_vm);
        _options.AddTo(this);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl checkpoint create guest-7",
        "itsctl checkpoint create guest-7 --in-flight drain --drain-ms 500",
        "itsctl checkpoint create guest-7 --stay-paused --json",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var options = _options.Read(session.Arguments);
        var vm = new VmName(session.Arguments.GetRequiredValue(_vm));
        var made = await LeftPaused.TellingAsync(
            session,
            vm,
            options.StayPaused,
            () => session.Client.Checkpoints.CreateAsync(vm, options, cancellationToken));
        if (session.PrintsJson)
        {
            session.Output.WriteLine(JsonText.FromMessage(made));
            return ExitCode.Success;
        }

        session.Output.WriteLine($"{made.Checkpoint.Name} written, {CheckpointView.Sizes(made.Checkpoint)}: "
            + SummaryText.Of(made.Checkpoint.Summary));
        foreach (var removed in made.Removed)
        {
            session.Output.WriteLine($"{removed} removed");
        }

        return ExitCode.Success;
    }
}
