using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Simulation.Running;

namespace ItsService.Simulation.Comparison;

/// <summary>The ICC registers that can be read without an effect: all but the two that acknowledge.</summary>
internal sealed class SystemRegisterComparison(ModelPair pair)
{
    private static readonly SystemRegister[] Variable =
    [
        SystemRegister.IccPmr, SystemRegister.IccRpr, SystemRegister.IccHppir0, SystemRegister.IccHppir1,
        SystemRegister.IccBpr0, SystemRegister.IccBpr1, SystemRegister.IccCtlr, SystemRegister.IccIgrpen0,
        SystemRegister.IccIgrpen1,
        SystemRegister.IccAp0R0, SystemRegister.IccAp0R1, SystemRegister.IccAp0R2, SystemRegister.IccAp0R3,
        SystemRegister.IccAp1R0, SystemRegister.IccAp1R1, SystemRegister.IccAp1R2, SystemRegister.IccAp1R3,
    ];

    private static readonly SystemRegister[] Fixed = [SystemRegister.IccSre];

    /// <summary>Those that steps may change.</summary>
    public void CompareVariable(VcpuSet vcpus)
    {
        foreach (var vcpu in vcpus)
        {
            CompareAll(vcpu, Variable);
        }
    }

    /// <summary>All of them, at every vCPU.</summary>
    public void CompareEverything()
    {
        for (var vcpu = 0; vcpu < pair.Shape.VcpuCount; vcpu++)
        {
            CompareAll(vcpu, Variable);
            CompareAll(vcpu, Fixed);
        }
    }

    private void CompareAll(int vcpu, SystemRegister[] registers)
    {
        foreach (var register in registers)
        {
            var core = pair.Core.ReadSystemRegister(new VcpuIndex(vcpu), register).Value;
            var reference = pair.Reference.ReadSystemRegister(vcpu, (uint)register);
            if (core != reference)
            {
                throw DifferenceFoundException.Of(
                    DifferenceKind.SystemRegister, $"{register} of vCPU {vcpu}", core, reference);
            }
        }
    }
}
