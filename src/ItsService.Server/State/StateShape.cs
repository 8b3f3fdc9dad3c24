using System.Globalization;
using System.Reflection;
using System.Text.Json;
using ItsService.Core;
using ItsService.Core.Profiles;
using ItsService.Server.Errors;

namespace ItsService.Server.State;

/// <summary>
/// What a VM must be to take a state: profile, vCPUs and number of ITSs. Where frames and memory lie is no part of it.
/// </summary>
internal static class StateShape
{
    // All of them but the name, so that one that is added is compared from then on.
    private static readonly PropertyInfo[] ProfileProperties =
    [
        .. typeof(GicProfile).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.Name != nameof(GicProfile.Name)),
    ];

    /// <summary>The shape of a VM.</summary>
    public static V1.SavedShape Of(VirtualGicConfiguration vm)
    {
        var shape = new V1.SavedShape
        {
            ProfileName = vm.Profile.Name,
            Affinities = { vm.Affinities.Select(affinity => affinity.Packed) },
            ItsCount = (uint)vm.ItsCount,
        };
        foreach (var property in ProfileProperties)
        {
            shape.ProfileValues.Add(
                JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name), Text(property.GetValue(vm.Profile)));
        }

        return shape;
    }

    /// <summary>Tells every difference between what a state needs and what a VM is.</summary>
    public static void Compare(V1.SavedShape? saved, VirtualGicConfiguration vm, RequestProblems problems)
    {
        var (state, own) = (saved ?? new V1.SavedShape(), Of(vm));
        Compare("shape.its_count", Text(state.ItsCount), Text(own.ItsCount), problems);
        Compare("shape.vcpu_count", Text(state.Affinities.Count), Text(own.Affinities.Count), problems);
        for (var vcpu = 0; vcpu < Math.Min(state.Affinities.Count, own.Affinities.Count); vcpu++)
        {
            Compare(
                $"shape.affinities[{vcpu}]", Text(state.Affinities[vcpu]), Text(own.Affinities[vcpu]), problems);
        }

        foreach (var name in state.ProfileValues.Keys.Union(own.ProfileValues.Keys).Order(StringComparer.Ordinal))
        {
            Compare(
                $"shape.profile_values[{UntrustedText.Shown(name)}]",
                state.ProfileValues.TryGetValue(name, out var stateValue) ? stateValue : "no such value",
                own.ProfileValues.TryGetValue(name, out var ownValue) ? ownValue : "no such value",
                problems);
        }
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

    private static string Text(object? value) => value switch
    {
        bool flag => flag ? "true" : "false",
        byte or uint or ulong => $"0x{value:X}",
        int number => number.ToString(CultureInfo.InvariantCulture),
        Enum choice => choice.ToString(),
        IdentificationRegisters registers => string.Join(
            ' ', Enumerable.Range(0, 12).Select(index => $"{registers.At(0xFFD0 + (4 * index)):X2}")),
        _ => throw new InvalidOperationException($"A profile has no text for a {value?.GetType()}."),
    };
}
