using System.CommandLine;
using System.CommandLine.Parsing;
using ItsService.Cli.Input;

namespace ItsService.Cli.Exchange;

/// <summary>`--ram FILE@ADDRESS`: an image that the user names.</summary>
internal static class RamImageArgument
{
    public static Option<RamImageName[]> Option() => new("--ram")
    {
        Description = "An image of guest memory, repeatable; without an address, the one that the export names, "
            + "wherever it is by now [default: those that the export names]",
        HelpName = "FILE[@ADDRESS]",
        CustomParser = result => [.. result.Tokens.Select(token => Parse(token, result)).OfType<RamImageName>()],
    };

    private static RamImageName? Parse(Token token, ArgumentResult result)
    {
        var at = token.Value.LastIndexOf('@');
        if (at < 0 && token.Value.Length > 0)
        {
            return new RamImageName(token.Value, Address: null);
        }

        if (at > 0 && Number.TryParse(token.Value[(at + 1)..], out var address))
        {
            return new RamImageName(token.Value[..at], address);
        }

        result.AddError($"'{token.Value}' is no image: write FILE@ADDRESS, as guest-7.ram@0x40000000, or FILE");
        return null;
    }
}
