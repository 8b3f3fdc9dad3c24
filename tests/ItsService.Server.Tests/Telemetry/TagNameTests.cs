using ItsService.Core.Commands;
using ItsService.Protocol.V1;
using ItsService.Server.Telemetry;
using CoreOutcome = ItsService.Core.Translation.MsiOutcome;

namespace ItsService.Server.Tests.Telemetry;

/// <summary>Values of attributes have the names that the API and the pages have for them.</summary>
public class TagNameTests
{
    [Fact]
    public void Outcomes_have_the_names_of_the_API()
    {
        var descriptor = InterruptsReflection.Descriptor.EnumTypes.Single(one => one.Name == "MsiOutcome");
        var ofTheApi = descriptor.Values
            .Select(value => value.Name.Replace("MSI_OUTCOME_", "", StringComparison.Ordinal).ToLowerInvariant())
            .Where(name => name != "unspecified");

        Assert.Equal(ofTheApi.Order(), Enum.GetValues<CoreOutcome>().Select(Tags.NameOf).Order());
    }

    [Fact]
    public void Errors_of_commands_have_the_names_of_their_page()
    {
        var rows = File.ReadLines(RepositoryFolder.PathOf("docs", "command-errors.md"))
            .SkipWhile(line => line != "## Names")
            .Where(line => line.StartsWith("| 0x", StringComparison.Ordinal));

        Assert.Equal(
            Enum.GetValues<CommandError>().Where(error => error != CommandError.None)
                .Select(error => $"| 0x{(uint)error:X6} | {Tags.NameOf(error).ToUpperInvariant()} |").Order(),
            rows.Order());
    }
}
