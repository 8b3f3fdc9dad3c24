using System.CommandLine;

namespace ItsService.Cli.Verbs;

/// <summary>How verbs name a checkpoint.</summary>
internal static class CheckpointArgument
{
    public static Argument<string> Required()
    {
        var argument = new Argument<string>("NAME")
        {
            Description = "Its name: guest-7/3 or vms/guest-7/checkpoints/3",
        };
        argument.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
            {
                result.AddError("the checkpoint's name is empty");
            }
        });
        return argument;
    }
}
