using System.CommandLine;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Input;

/// <summary>The option that says what becomes of commands in flight when a VM is saved.</summary>
internal static class InFlightPolicies
{
    private const string Carry = "carry";
    private const string Drain = "drain";
    private const string Refuse = "refuse";

    public static Option<string?> Option()
    {
        var option = new Option<string?>("--in-flight")
        {
            Description = "What becomes of commands that wait in a queue: they are saved with it, are executed first, "
                + $"or are a reason not to save [default: {Carry}]",
            HelpName = $"{Carry}|{Drain}|{Refuse}",
        };
        option.AcceptOnlyFromAmong(Carry, Drain, Refuse);
        return option;
    }

    /// <summary>The policy that the option names.</summary>
    public static InFlightPolicy Of(string? name) => name switch
    {
        Drain => InFlightPolicy.Drain,
        Refuse => InFlightPolicy.Refuse,
        _ => InFlightPolicy.Carry,
    };
}
