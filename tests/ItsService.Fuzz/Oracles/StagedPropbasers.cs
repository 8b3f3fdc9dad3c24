using ItsService.Core.State;
using ItsService.Fuzz.Machines;

namespace ItsService.Fuzz.Oracles;

/// <summary>
/// Which configuration table each vCPU will go by when what is staged is in force. One whose LPIs stay enabled goes by
/// what it has in use, and one whose LPIs become enabled by its own GICR_PROPBASER. One that has them disabled reads
/// the register, of which there is one for all where it is shared: the last one's, then.
/// </summary>
internal static class StagedPropbasers
{
    /// <param name="machine">The machine, with what is staged.</param>
    /// <param name="before">The state that is in force.</param>
    /// <param name="wasDisabled">The vCPUs whose LPIs were disabled since, if only for a while.</param>
    public static ulong[] InForce(Machine machine, GicState before, IReadOnlySet<int> wasDisabled)
    {
        var vcpus = Enumerable.Range(0, machine.VcpuCount).ToList();
        var register = machine.Shape.Profile.SharedPropbaser
            ? vcpus.Where(vcpu => !IsEnabled(machine, vcpu)).Select(vcpu => (int?)vcpu).LastOrDefault()
            : null;
        return
        [
            .. vcpus.Select(vcpu =>
                !IsEnabled(machine, vcpu) ? Staged(machine, register ?? vcpu)
                : before.Redistributors[vcpu].LpisEnabled && !wasDisabled.Contains(vcpu)
                    ? before.Redistributors[vcpu].PropbaserInForce
                : Staged(machine, vcpu)),
        ];
    }

    private static bool IsEnabled(Machine machine, int vcpu) => (Read(machine, vcpu, Offsets.Ctlr) & 1) == 1;

    private static ulong Staged(Machine machine, int vcpu) =>
        Read(machine, vcpu, Offsets.Propbaser) | (Read(machine, vcpu, Offsets.Propbaser + 4) << 32);

    private static ulong Read(Machine machine, int vcpu, int offset) =>
        machine.Gic.Userspace.ReadRedistributorRegister(new(vcpu), (uint)offset).Value;
}
