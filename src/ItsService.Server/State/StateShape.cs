using System.Globalization;
using ItsService.Core;
using ItsService.Server.Errors;

namespace ItsService.Server.State;

/// <summary>
/// What a VM must be to take a state: profile, vCPUs and number of ITSs. Where frames and memory lie is no part of it.
/// </summary>
internal static class StateShape
{
    private const string NoSuchValue = "no such value";

    /// <summary>The shape of a VM.</summary>
    public static V1.SavedShape Of(VirtualGicConfiguration vm) => Of(vm, ProfileValues.All);

    /// <summary>Tells every difference between what a state needs and what a VM is.</summary>
    public static void Compare(V1.SavedShape? saved, VirtualGicConfiguration vm, RequestProblems problems) =>
        Compare(saved, vm, ProfileValues.All, problems);

    /// <summary>The same, where a profile has these values.</summary>
    public static void Compare(
        V1.SavedShape? saved,
        VirtualGicConfiguration vm,
        IReadOnlyList<ProfileValue> values,
        RequestProblems problems)
    {
        var (state, own) = (saved ?? new V1.SavedShape(), Of(vm, values));
        Compare("shape.its_count", Decimal(state.ItsCount), Decimal(own.ItsCount), problems);
        Compare(
            "shape.vcpu_count", Decimal((uint)state.Affinities.Count), Decimal((uint)own.Affinities.Count), problems);
        for (var vcpu = 0; vcpu < Math.Min(state.Affinities.Count, own.Affinities.Count); vcpu++)
        {
            Compare($"shape.affinities[{vcpu}]", Hex(state.Affinities[vcpu]), Hex(own.Affinities[vcpu]), problems);
        }

        var whenAbsent = values.ToDictionary(value => value.Name, value => value.WhenAbsent);
        foreach (var name in state.ProfileValues.Keys.Union(own.ProfileValues.Keys).Order(StringComparer.Ordinal))
        {
            Compare(
                $"shape.profile_values[{UntrustedText.Shown(name)}]",
                state.ProfileValues.TryGetValue(name, out var stateValue)
                    ? stateValue
                    : whenAbsent[name] ?? NoSuchValue,
                own.ProfileValues.TryGetValue(name, out var ownValue) ? ownValue : NoSuchValue,
                problems);
        }
    }

    private static V1.SavedShape Of(VirtualGicConfiguration vm, IReadOnlyList<ProfileValue> values)
    {
        var shape = new V1.SavedShape
        {
            ProfileName = vm.Profile.Name,
            Affinities = { vm.Affinities.Select(affinity => affinity.Packed) },
            ItsCount = (uint)vm.ItsCount,
        };
        foreach (var value in values)
        {
            shape.ProfileValues.Add(value.Name, value.TextOf(vm.Profile));
        }

        return shape;
    }

    private static void Compare(string field, string ofState, string ofVm, RequestProblems problems)
    {
        if (!string.Equals(ofState, ofVm, StringComparison.Ordinal))
        {
            problems.Add(new Problem(
                V1.ErrorReason.OutOfRange,
                field,
                $"it was saved with {UntrustedText.Shown(ofState)}, and this VM has {ofVm}")
            {
                Accepted = ofVm,
            });
        }
    }

    private static string Hex(uint value) => $"0x{value:X}";

    private static string Decimal(uint value) => value.ToString(CultureInfo.InvariantCulture);
}
