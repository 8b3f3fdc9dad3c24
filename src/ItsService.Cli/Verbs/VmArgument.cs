using System.CommandLine;
using System.CommandLine.Parsing;

namespace ItsService.Cli.Verbs;

/// <summary>How verbs name a VM.</summary>
internal static class VmArgument
{
    /// <summary>As the verb's object.</summary>
    public static Argument<string> Required()
    {
        var argument = new Argument<string>("VM") { Description = "Its name: guest-7 or vms/guest-7" };
        argument.Validators.Add(result => RefuseNone(result, result.Tokens));
        return argument;
    }

    /// <summary>As the verb's object that may be left out while the service has only one VM.</summary>
    public static Argument<string?> OrOnlyOne()
    {
        var argument = new Argument<string?>("VM")
        {
            Description = "Its name; not needed while the service has only one",
            Arity = ArgumentArity.ZeroOrOne,
        };
        argument.Validators.Add(result => RefuseNone(result, result.Tokens));
        return argument;
    }

    /// <summary>As the verb's object that may be left out, which means all.</summary>
    public static Argument<string?> OrAll()
    {
        var argument = new Argument<string?>("VM")
        {
            Description = "Its name, whether it is there or not; all without it",
            Arity = ArgumentArity.ZeroOrOne,
        };
        argument.Validators.Add(result => RefuseNone(result, result.Tokens));
        return argument;
    }

    /// <summary>As an option of a verb that is about something inside the VM.</summary>
    public static Option<string?> Option()
    {
        var option = new Option<string?>("--vm")
        {
            Description = "The VM's name; not needed while the service has only one",
            HelpName = "NAME",
        };
        option.Validators.Add(result => RefuseNone(result, result.Tokens));
        return option;
    }

    private static void RefuseNone(SymbolResult result, IReadOnlyList<Token> tokens)
    {
        if (tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
        {
            result.AddError("the VM's name is empty");
        }
    }
}
