using System.Collections.Immutable;
using ItsService.Core.CpuInterface;
using ItsService.Core.Profiles;
using ItsService.Core.Registers;

namespace ItsService.Core.State.Validation;

/// <summary>The registers of a CPU interface: each within the bits that the profile implements.</summary>
internal static class CpuInterfaceValidation
{
    private const ulong WritableControl = 0b11;
    private const int BinaryPointMax = 7;

    public static void FindProblems(ProblemList problems, string path, CpuInterfaceState state, GicProfile profile)
    {
        var priorityBits = Bits.Mask(7, 8 - profile.PriorityBits);
        var binaryPointMin = BinaryPointMax - profile.PriorityBits;
        problems.AddUnless(
            (state.PriorityMask & ~priorityBits) == 0,
            $"{path}.ICC_PMR_EL1",
            $"only the bits 0x{priorityBits:X2} are implemented");
        CheckBinaryPoint(problems, $"{path}.ICC_BPR0_EL1", state.BinaryPoint0, binaryPointMin);
        CheckBinaryPoint(problems, $"{path}.ICC_BPR1_EL1", state.BinaryPoint1, binaryPointMin + 1);
        problems.AddUnless(
            (state.Control & ~WritableControl) == 0,
            $"{path}.ICC_CTLR_EL1",
            "only EOImode and CBPR can be written");
        CheckActive(problems, $"{path}.ICC_AP0R", state.ActivePriorities0, profile);
        CheckActive(problems, $"{path}.ICC_AP1R", state.ActivePriorities1, profile);
    }

    private static void CheckBinaryPoint(ProblemList problems, string path, int value, int minimum) =>
        problems.AddUnless(
            value >= minimum && value <= BinaryPointMax, path, $"{value} is not in {minimum}..{BinaryPointMax}");

    private static void CheckActive(
        ProblemList problems, string path, ImmutableArray<uint> registers, GicProfile profile)
    {
        if (!StateValidation.HasLength(problems, path, registers, ActivePriorities.RegisterCount))
        {
            return;
        }

        var implemented = ActivePriorities.ImplementedCountFor(profile.PriorityBits);
        for (var number = implemented; number < registers.Length; number++)
        {
            problems.AddUnless(
                registers[number] == 0, $"{path}{number}_EL1", $"there are {implemented} of these registers");
        }
    }
}
