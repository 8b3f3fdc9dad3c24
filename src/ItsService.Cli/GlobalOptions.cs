using System.CommandLine;
using ItsService.Client;

namespace ItsService.Cli;

/// <summary>The options that stand before or after every verb.</summary>
internal static class GlobalOptions
{
    public static Option<ServerAddress> Server { get; } = new("--server")
    {
        Description = "Where the service listens: http://HOST:PORT or unix:PATH",
        HelpName = "URL",
        Recursive = true,
        DefaultValueFactory = _ => ServerAddress.LocalService,
        CustomParser = result =>
        {
            try
            {
                return ServerAddress.Parse(result.Tokens[0].Value);
            }
            catch (FormatException problem)
            {
                result.AddError(problem.Message);
                return null;
            }
        },
    };

    public static Option<bool> Embedded { get; } = new("--embedded")
    {
        Description = "Start a service in this process and use that",
        Recursive = true,
    };

    public static Option<bool> Json { get; } = new("--json")
    {
        Description = "Print JSON",
        Recursive = true,
    };
}
