using System.CommandLine;

namespace ItsService.Cli.Verbs;

/// <summary>How verbs name a VM.</summary>
internal static class VmArgument
{
    /// <summary>As the verb's object.</summary>
    public static Argument<string> Required() => new("VM") { Description = "Its name: guest-7 or vms/guest-7" };

    /// <summary>As an option of a verb that is about something inside the VM.</summary>
    public static Option<string?> Option() => new("--vm")
    {
        Description = "The VM's name; not needed while the service has only one",
        HelpName = "NAME",
    };
}
