using Spectre.Console;

namespace ItsService.Cli.Output;

/// <summary>Consoles on the writers that a verb was given.</summary>
internal static class Terminals
{
    // A file or a pipe has no width; lines are not broken there.
    private const int UnboundedWidth = 10_000;

    public static IAnsiConsole For(TextWriter writer)
    {
        var output = new AnsiConsoleOutput(writer);
        if (output.IsTerminal)
        {
            return AnsiConsole.Create(new AnsiConsoleSettings { Out = output });
        }

        var plain = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = output,
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        plain.Profile.Width = UnboundedWidth;
        return plain;
    }

    public static bool IsTerminal(TextWriter writer) => new AnsiConsoleOutput(writer).IsTerminal;
}
