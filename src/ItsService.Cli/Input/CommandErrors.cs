using System.CommandLine;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Input;

/// <summary>The option that says what an ITS does with a command in error.</summary>
internal static class CommandErrors
{
    private const string Continue = "continue";
    private const string Stall = "stall";
    private const string StallOnMemoryError = "stall-on-memory-error";

    public static Option<string?> Option()
    {
        var option = new Option<string?>("--command-errors")
        {
            Description = "What the ITSs do with a command in error [default: as the profile]",
            HelpName = $"{Continue}|{Stall}|{StallOnMemoryError}",
        };
        option.AcceptOnlyFromAmong(Continue, Stall, StallOnMemoryError);
        return option;
    }

    /// <summary>The name that the option takes for a policy.</summary>
    public static string NameOf(CommandErrorPolicy policy) => policy switch
    {
        CommandErrorPolicy.Stall => Stall,
        CommandErrorPolicy.StallOnMemoryError => StallOnMemoryError,
        _ => Continue,
    };

    /// <summary>Puts the option's value into a spec; nothing where it was not given.</summary>
    public static void Apply(string? name, VmSpec spec)
    {
        if (name is not null)
        {
            spec.CommandErrorPolicy = name switch
            {
                Stall => CommandErrorPolicy.Stall,
                StallOnMemoryError => CommandErrorPolicy.StallOnMemoryError,
                _ => CommandErrorPolicy.Continue,
            };
        }
    }
}
