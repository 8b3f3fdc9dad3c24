using ItsService.Core.Distributor;
using ItsService.Core.Profiles;
using ItsService.Core.Registers;

namespace ItsService.Core.State.Validation;

/// <summary>The distributor's registers, and the banks that redistributors have as well.</summary>
internal static class DistributorValidation
{
    private const int ConfigurationCount = 2;

    public static void FindProblems(ProblemList problems, DistributorState state, GicProfile profile)
    {
        const string Path = "distributor";
        var spiCount = profile.IntIdLines - InterruptBank.Size;
        problems.AddUnless(
            profile.HasGroup0Enable || !state.Group0Enabled, Path, "GICD_CTLR.EnableGrp0 cannot be 1 in this profile");
        if (StateValidation.HasLength(problems, $"{Path}.route", state.Routes, spiCount))
        {
            CheckRoutes(problems, $"{Path}.route", state);
        }

        if (!StateValidation.HasLength(problems, $"{Path}.spi_bank", state.SpiBanks, spiCount / InterruptBank.Size))
        {
            return;
        }

        for (var number = 0; number < state.SpiBanks.Length; number++)
        {
            FindProblems(problems, $"{Path}.spi_bank[{number}]", state.SpiBanks[number], profile, isPrivate: false);
        }
    }

    private static void CheckRoutes(ProblemList problems, string path, DistributorState state)
    {
        for (var number = 0; number < state.Routes.Length; number++)
        {
            if ((state.Routes[number] & ~GicdIrouter.WritableMask) != 0)
            {
                problems.Add($"{path}[{number}]", $"0x{state.Routes[number]:X} cannot be the value of GICD_IROUTER");
            }
        }
    }

    public static void FindProblems(
        ProblemList problems, string path, InterruptBankState state, GicProfile profile, bool isPrivate)
    {
        if (StateValidation.HasLength(problems, $"{path}.priority", state.Priorities, InterruptBank.Size))
        {
            problems.AddUnless(
                state.Priorities.All(priority => (priority & ~profile.PriorityMask) == 0),
                $"{path}.priority",
                $"only the bits 0x{profile.PriorityMask:X2} of a priority are kept");
        }

        if (StateValidation.HasLength(problems, $"{path}.configuration", state.Configuration, ConfigurationCount))
        {
            problems.AddUnless(
                InterruptBank.IsConfiguration(state.Configuration, isPrivate),
                $"{path}.configuration",
                "the lower bit of each pair is 0, and SGIs are edge triggered");
        }
    }
}
