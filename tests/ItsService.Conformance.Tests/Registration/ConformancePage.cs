using System.Text;

namespace ItsService.Conformance.Tests.Registration;

/// <summary>docs/conformance.md, made from the cases alone.</summary>
internal static class ConformancePage
{
    private static readonly string Introduction = $"""
        # Conformance

        {Catalogue.CaseCount} cases, each a stimulus and the result to expect, with the state of each. This page is made
        from the tests of `tests/ItsService.Conformance.Tests` by `eng/conformance.sh`; a test fails when it is stale. A
        case that is said to pass, or not to be followed, has a test that shows it: one for each profile named.

        | Tag | The expected result is |
        |---|---|
        | A | the architecture demands it, or every model does it |
        | K | KVM's choice; tested in the `kvm` profile |
        | Q | QEMU's choice; tested in the `qemu` profile |
        | U | open in the architecture (CONSTRAINED UNPREDICTABLE, UNPREDICTABLE); tested is what we chose |

        | State | Means |
        |---|---|
        | passing | the expected result is asserted; for U, our choice |
        | not followed | we do otherwise on purpose: the clause is named, and our outcome is asserted |
        | not applicable yet | it needs the feature that is named; a part that can be shown already is |
        | no counterpart | it is about something that this service does not have |

        Unless a case says otherwise it begins with four vCPUs, LPIs enabled, flat tables of 64 KiB pages, a queue of
        2,048 slots, every LPI enabled at priority 0xA0, and the ITS enabled.

        """;

    public static string Text()
    {
        var page = new StringBuilder(Introduction);
        AppendCounts(page);
        AppendNotFollowed(page);
        foreach (var section in Catalogue.Sections)
        {
            AppendSection(page, section);
        }

        return page.ToString();
    }

    private static void AppendCounts(StringBuilder page)
    {
        var states = Enum.GetValues<CaseState>();
        page.Append("\n## Counts\n\n| Tag |").AppendJoin(" |", states.Select(state => $" {Name(state)}"))
            .Append(" | all |\n|---|").Append(string.Concat(states.Select(_ => "---|"))).Append("---|\n");
        foreach (var tag in Enum.GetValues<CaseTag>())
        {
            AppendCountRow(page, $"{tag}", [.. Catalogue.Cases.Where(entry => entry.Tag == tag)]);
        }

        AppendCountRow(page, "all", [.. Catalogue.Cases]);
    }

    private static void AppendCountRow(StringBuilder page, string heading, ConformanceCase[] cases)
    {
        var counts = Enum.GetValues<CaseState>().Select(state => cases.Count(entry => entry.State == state));
        page.Append($"| {heading} |").Append(string.Concat(counts.Select(count => $" {count} |")))
            .Append($" {cases.Length} |\n");
    }

    private static void AppendNotFollowed(StringBuilder page)
    {
        page.Append("\n## Not followed\n\n| # | Tag | Expected | Clause | Ours |\n|---|---|---|---|---|\n");
        foreach (var entry in Catalogue.Cases.Where(entry => entry.State == CaseState.NotFollowed))
        {
            page.Append($"| {entry.Number} | {entry.Tag} | {entry.Draft.Expectation} | ")
                .Append($"{entry.Remark} | {entry.Shown} |\n");
        }
    }

    private static void AppendSection(StringBuilder page, CaseSection section)
    {
        page.Append($"\n## {section.Title}\n\n| # | Tag | Stimulus | Expected | State | Tested in | Remark |\n")
            .Append("|---|---|---|---|---|---|---|\n");
        foreach (var entry in section.Cases)
        {
            page.Append($"| {entry.Number} | {entry.Tag} | {entry.Draft.Stimulus} | {entry.Draft.Expectation} | ")
                .Append($"{Name(entry.State)} | {string.Join(", ", entry.Profiles.Select(profile => profile.Name))} | ")
                .Append($"{Remark(entry)} |\n");
        }
    }

    private static string Remark(ConformanceCase entry) => entry.State switch
    {
        CaseState.NotFollowed => "See above.",
        CaseState.NotApplicableYet => $"Needs {Name(entry.Awaits)}.{Shown(entry)}",
        CaseState.NoCounterpart => $"{entry.Remark}{Shown(entry)}",
        _ => entry.Remark,
    };

    private static string Shown(ConformanceCase entry) =>
        entry.Shown.Length == 0 ? "" : $" Shown: {entry.Shown}.";

    private static string Name(CaseState state) => state switch
    {
        CaseState.Passing => "passing",
        CaseState.NotFollowed => "not followed",
        CaseState.NotApplicableYet => "not applicable yet",
        _ => "no counterpart",
    };

    private static string Name(Feature? feature) => feature switch
    {
        Feature.FullGicV3 => "the full GICv3",
        _ => throw new ArgumentOutOfRangeException(nameof(feature)),
    };
}
