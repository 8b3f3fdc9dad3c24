using ItsService.Conformance.Tests.Registration;
using ItsService.Core.Tests.Support;

namespace ItsService.Conformance.Tests;

/// <summary>Runs what the cases say, each in each of its profiles.</summary>
public class ConformanceTests
{
    private static readonly Dictionary<int, ConformanceCase> ByNumber =
        Catalogue.Cases.ToDictionary(entry => entry.Number);

    public static TheoryData<int, string> Runs =>
    [
        .. Catalogue.Cases.SelectMany(entry => entry.Profiles.Select(profile =>
            new TheoryDataRow<int, string>(entry.Number, profile.Name)
            {
                TestDisplayName = $"{entry.Number:D3} {entry.Draft.Stimulus}",
            })),
    ];

    [Theory]
    [MemberData(nameof(Runs))]
    public Task Case_holds(int number, string profile) => ByNumber[number].RunAsync(Named.Profile(profile));
}
