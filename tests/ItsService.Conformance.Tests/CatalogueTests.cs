using ItsService.Conformance.Tests.Registration;

namespace ItsService.Conformance.Tests;

/// <summary>The catalogue itself: nothing left out, nothing said without a test.</summary>
public class CatalogueTests
{
    [Fact]
    public void Every_case_is_there_once_and_in_order() =>
        Assert.Equal(Enumerable.Range(1, Catalogue.CaseCount), Catalogue.Cases.Select(entry => entry.Number));

    [Fact]
    public void What_the_architecture_requires_is_followed() =>
        Assert.DoesNotContain(
            Catalogue.Cases,
            entry => entry is { Tag: CaseTag.A, State: CaseState.NotFollowed or CaseState.NoCounterpart });

    [Fact]
    public void Only_what_does_not_exist_here_has_no_counterpart() =>
        Assert.Equal(
            [4, 213, 228, 335],
            Catalogue.Cases.Where(entry => entry.State == CaseState.NoCounterpart).Select(entry => entry.Number));

    [Fact]
    public void What_passes_or_is_decided_otherwise_has_a_test() =>
        Assert.DoesNotContain(
            Catalogue.Cases,
            entry => entry.State is CaseState.Passing or CaseState.NotFollowed && entry.Profiles.Count == 0);

    [Fact]
    public void Every_deviation_names_its_clause_and_our_outcome() =>
        Assert.DoesNotContain(
            Catalogue.Cases,
            entry => entry.State == CaseState.NotFollowed && (entry.Remark.Length == 0 || entry.Shown.Length == 0));

    [Fact]
    public void Every_choice_is_told() =>
        Assert.DoesNotContain(
            Catalogue.Cases,
            entry => entry is { Tag: CaseTag.U, State: CaseState.Passing } && entry.Remark.Length == 0);

    [Fact]
    public void Every_case_that_waits_names_the_feature() =>
        Assert.DoesNotContain(
            Catalogue.Cases, entry => entry is { State: CaseState.NotApplicableYet, Awaits: null });
}
