using System.Text.RegularExpressions;

namespace ItsService.Tidy.Tests;

/// <summary>
/// docs/vmm-guide.md quotes programs that the tests run, and nothing else as code; docs/injection.md does so in Python.
/// </summary>
public partial class GuideTests
{
    private const string Guide = "docs/vmm-guide.md";
    private const string Injection = "docs/injection.md";

    private static readonly Dictionary<string, string[]> Programs = new()
    {
        ["csharp"] = ["samples/FirstVmm/Program.cs"],
        ["python"] =
        [
            "tests/clients/python/first_vmm.py", "tests/clients/python/vmm.py", "tests/clients/python/inject_msis.py",
        ],
    };

    // What a shell shows, and a device tree: no part of a program.
    private static readonly string[] OtherLanguages = ["sh", "console", "dts"];

    public static TheoryData<string, string> Quotations =>
        new(Blocks(Guide).Where(block => Programs.ContainsKey(block.Language))
            .Concat(Blocks(Injection).Where(block => block.Language == "python")));

    [Theory]
    [MemberData(nameof(Quotations))]
    public void A_quotation_is_the_programs_own_text(string language, string code) =>
        Assert.Contains(
            Programs[language], file => $"\n{SourceTree.Read(file)}".Contains($"\n{code}", StringComparison.Ordinal));

    [Theory]
    [InlineData("csharp")]
    [InlineData("python")]
    public void Each_step_is_shown_in_both_languages(string language)
    {
        var quoted = string.Concat(
            Blocks(Guide).Where(block => block.Language == language).Select(block => block.Code));
        string[] steps =
        [
            "0x6000", "GITS_BASER0", "GITS_BASER1", "GITS_CBASER", "GITS_CWRITER", "GITS_CTLR", "GICR_PROPBASER",
            "GICR_PENDBASER", "EnableLPIs", "MAPD", "MAPC", "MAPTI", "INV", "SYNC", "GITS_CREADR", "ICC_IAR1_EL1",
        ];

        Assert.DoesNotContain(steps, step => !quoted.Contains(step, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_block_says_what_it_is()
    {
        var unknown = Blocks(Guide).Select(block => block.Language)
            .Where(language => !Programs.ContainsKey(language) && !OtherLanguages.Contains(language));

        Assert.Empty(unknown);
    }

    private static (string Language, string Code)[] Blocks(string page) =>
        [.. Fence().Matches(SourceTree.Read(page)).Select(match => (match.Groups[1].Value, match.Groups[2].Value))];

    [GeneratedRegex("^```([a-z]*)\n(.*?\n)```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();
}
