using System.CommandLine;
using ItsService.Cli.Output;
using ItsService.Client.Identifiers;

namespace ItsService.Cli.Verbs;

/// <summary>`checkpoint delete`.</summary>
internal sealed class CheckpointDelete : Verb
{
    private readonly Argument<string> _name = CheckpointArgument.Required();

    public CheckpointDelete()
        : base("delete", "Delete a checkpoint")
    {
        Arguments.Add(_name);
    }

    public override IReadOnlyList<string> Examples => ["itsctl checkpoint delete guest-7/3"];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var name = new CheckpointName(session.Arguments.GetRequiredValue(_name));
        await session.Client.Checkpoints.DeleteAsync(name, cancellationToken);
        session.Output.WriteLine(
            session.PrintsJson ? JsonText.From(new { Deleted = name.Value }) : $"{name} deleted");
        return ExitCode.Success;
    }
}
