using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;

namespace ItsService.Conformance.Tests.Registration;

/// <summary>
/// A case before it is said how we stand to it. It begins from the standard set-up S0 unless something else is said.
/// </summary>
internal sealed record CaseDraft
{
    private CaseDraft(int number, CaseTag tag, string stimulus, string expectation)
    {
        Number = number;
        Tag = tag;
        Stimulus = stimulus;
        Expectation = expectation;
        Profiles = tag switch
        {
            CaseTag.K => [GicProfiles.Kvm],
            CaseTag.Q => [GicProfiles.Qemu],
            _ => [GicProfiles.Kvm, GicProfiles.Qemu],
        };
    }

    public int Number { get; }

    public CaseTag Tag { get; }

    public string Stimulus { get; }

    public string Expectation { get; }

    /// <summary>kvm for K, qemu for Q, both for A and U, unless <see cref="In"/> says otherwise.</summary>
    public IReadOnlyList<GicProfile> Profiles { get; private init; }

    private Func<GicProfile, Guest> Begin { get; init; } =
        profile => Guest.Started(new GuestOptions { Profile = profile });

    public static CaseDraft A(int number, string stimulus, string expectation) =>
        new(number, CaseTag.A, stimulus, expectation);

    public static CaseDraft K(int number, string stimulus, string expectation) =>
        new(number, CaseTag.K, stimulus, expectation);

    public static CaseDraft Q(int number, string stimulus, string expectation) =>
        new(number, CaseTag.Q, stimulus, expectation);

    public static CaseDraft U(int number, string stimulus, string expectation) =>
        new(number, CaseTag.U, stimulus, expectation);

    public CaseDraft In(params GicProfile[] profiles) => this with { Profiles = profiles };

    /// <summary>Begins as a reset leaves the controller, with RAM zeroed.</summary>
    public CaseDraft FromReset() => From(profile => new Guest(new GuestOptions { Profile = profile }));

    /// <summary>Begins with the redistributors of S0 on; the ITS has its tables and queue, and is disabled.</summary>
    public CaseDraft FromDisabledIts() => From(profile =>
    {
        var guest = Guest.Started(new GuestOptions { Profile = profile });
        guest.Disable();
        return guest;
    });

    public CaseDraft FromTwoIts() =>
        From(profile => Guest.Started(new GuestOptions { Profile = profile, ItsCount = 2 }));

    public CaseDraft From(Func<GicProfile, Guest> begin) => this with { Begin = begin };

    /// <summary>The test shows the expected result.</summary>
    public ConformanceCase Passes(Action<Guest> body) => PassesByItself(OnGuest(body));

    /// <summary>The same with what KVM answers, which only the API of a VM in that profile tells.</summary>
    public ConformanceCase Passes(Action<Guest> body, Func<Task> kvmReturn)
    {
        var onGuest = OnGuest(body);
        return PassesByItself(async profile =>
        {
            await onGuest(profile);
            if (profile.Name == GicProfiles.Kvm.Name)
            {
                await kvmReturn();
            }
        });
    }

    /// <summary>The same for a test that makes its own set-up, such as a server.</summary>
    public ConformanceCase PassesByItself(CaseBody body) => Tag == CaseTag.U
        ? throw new InvalidOperationException($"case {Number}: say what we chose")
        : new ConformanceCase(this, CaseState.Passing, body);

    /// <summary>The architecture leaves it open: the test shows what we chose.</summary>
    public ConformanceCase Chooses(string choice, Action<Guest> body) => Tag != CaseTag.U
        ? throw new InvalidOperationException($"case {Number} leaves no choice")
        : new ConformanceCase(this, CaseState.Passing, OnGuest(body)) { Remark = choice };

    /// <summary>We do otherwise on purpose, by the clause that is named: the test shows what we do.</summary>
    public ConformanceCase IsNotFollowed(string clause, string ours, Action<Guest> body) =>
        IsNotFollowedByItself(clause, ours, OnGuest(body));

    /// <summary>The same for a test that makes its own set-up.</summary>
    public ConformanceCase IsNotFollowedByItself(string clause, string ours, CaseBody body) => Tag == CaseTag.A
        ? throw new InvalidOperationException($"case {Number} is required")
        : new ConformanceCase(this, CaseState.NotFollowed, body) { Remark = clause, Shown = ours };

    /// <summary>It needs a feature that is not there yet, and nothing of it can be shown before.</summary>
    public ConformanceCase Awaits(Feature feature) =>
        new(this, CaseState.NotApplicableYet, body: null) { Awaits = feature };

    /// <summary>The same where a part can be shown already, by a test that makes its own set-up.</summary>
    public ConformanceCase AwaitsByItself(Feature feature, string shown, CaseBody part) =>
        new(this, CaseState.NotApplicableYet, part) { Awaits = feature, Shown = shown };

    /// <summary>There is nothing in this service that it could be about.</summary>
    public ConformanceCase HasNoCounterpart(string reason) =>
        new(this, CaseState.NoCounterpart, body: null) { Remark = reason };

    /// <summary>The same where a part has one.</summary>
    public ConformanceCase HasNoCounterpart(string reason, string shown, Action<Guest> part) =>
        new(this, CaseState.NoCounterpart, OnGuest(part)) { Remark = reason, Shown = shown };

    private CaseBody OnGuest(Action<Guest> body)
    {
        var begin = Begin;
        return profile =>
        {
            body(begin(profile));
            return Task.CompletedTask;
        };
    }
}
