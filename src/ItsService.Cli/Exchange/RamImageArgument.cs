using System.CommandLine;
using System.CommandLine.Parsing;
using ItsService.Cli.Input;

namespace ItsService.Cli.Exchange;

/// <summary>`--ram FILE@ADDRESS`: an image that the user names.</summary>
internal static class RamImageArgument
{
    public static Option<RamImagePart[]> Option() => new("--ram")
    {
        Description = "An image of guest memory, repeatable [default: those that the export names]",
        HelpName = "FILE@ADDRESS",
        CustomParser = result => [.. result.Tokens.Select(token => Parse(token, result)).OfType<RamImagePart>()],
    };

    private static RamImagePart? Parse(Token token, ArgumentResult result)
    {
        var at = token.Value.LastIndexOf('@');
        if (at > 0 && Number.TryParse(token.Value[(at + 1)..], out var address))
        {
            return new RamImagePart(address, SizeBytes: null, token.Value[..at], Offset: 0);
        }

        result.AddError($"'{token.Value}' is no image: write FILE@ADDRESS, as guest-7.ram@0x40000000");
        return null;
    }
}
