using ItsService.Core.Profiles;
using ItsService.Core.Registers;

namespace ItsService.Core.State.Validation;

/// <summary>The registers of a redistributor: each as it would read after it was written.</summary>
internal static class RedistributorValidation
{
    public static void FindProblems(ProblemList problems, string path, RedistributorState state, GicProfile profile)
    {
        problems.AddUnless(
            profile.HasWaker || !state.IsAsleep, $"{path}.GICR_WAKER", "it has no state in this profile");
        problems.AddUnless(
            profile.HasOneOfN || !(state.Group0BarredFromOneOfN || state.Group1BarredFromOneOfN),
            $"{path}.GICR_CTLR",
            "DPG0 and DPG1NS cannot be 1 in this profile");
        CheckPropbaser(problems, $"{path}.GICR_PROPBASER", state.Propbaser, profile);
        CheckPropbaser(problems, $"{path}.GICR_PROPBASER in force", state.PropbaserInForce, profile);
        problems.AddUnless(
            state.Pendbaser == profile.LpiBaserReset
            || ((state.Pendbaser & ~GicrPendbaser.WritableMask) == 0
                && new GicrPendbaser(state.Pendbaser).Sanitized(profile.AttributePolicy).Raw == state.Pendbaser),
            $"{path}.GICR_PENDBASER",
            $"0x{state.Pendbaser:X} cannot be its value");
        DistributorValidation.FindProblems(
            problems, $"{path}.private", state.PrivateInterrupts, profile, isPrivate: true);
    }

    private static void CheckPropbaser(ProblemList problems, string path, ulong value, GicProfile profile) =>
        problems.AddUnless(
            value == 0 || value == profile.LpiBaserReset
            || ((value & ~GicrPropbaser.WritableMask) == 0
                && new GicrPropbaser(value).Sanitized(profile.AttributePolicy).Raw == value),
            path,
            $"0x{value:X} cannot be its value");
}
