using System.CommandLine;
using ItsService.Cli.Output;
using ItsService.Client.Identifiers;

namespace ItsService.Cli.Verbs;

/// <summary>`checkpoint restore`.</summary>
internal sealed class CheckpointRestore : Verb
{
    private readonly Argument<string> _name = CheckpointArgument.Required();

    private readonly Option<string?> _as = new("--as")
    {
        Description = "The VM to make, or to put it into [default: the one that the checkpoint is named after]",
        HelpName = "VM",
    };

    public CheckpointRestore()
        : base("restore", "Make a VM of a checkpoint, or put it into a Paused VM of the same shape; it is Paused then")
    {
        Arguments.Add(_name);
        Options.Add(_as);
        _as.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
            {
                result.AddError("the VM's name is empty");
            }
        });
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl checkpoint restore guest-7/3",
        "itsctl checkpoint restore guest-7/3 && itsctl vm resume guest-7",
        "itsctl checkpoint restore vms/guest-7/checkpoints/3 --as guest-8",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var name = new CheckpointName(session.Arguments.GetRequiredValue(_name));
        var vm = session.Arguments.GetValue(_as) is { } given ? new VmName(given) : (VmName?)null;
        var restored = await session.Client.Checkpoints.RestoreAsync(name, vm, cancellationToken);
        session.Output.WriteLine(session.PrintsJson
            ? JsonText.FromMessage(restored.Summary)
            : $"{restored.Handle.Name} restored from {name}: {SummaryText.Of(restored.Summary)}; it is Paused");
        return ExitCode.Success;
    }
}
