using ItsService.Core;
using ItsService.Core.CpuInterface;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Generation;

/// <summary>What vCPUs do: take interrupts, and set up how they are interrupted.</summary>
internal sealed class CpuSource(Prng prng, Mode mode)
{
    private Plan Plan => mode.Plan;

    /// <summary>An acknowledge, and more often than not an end.</summary>
    public IEnumerable<SimulationStep> Take()
    {
        var vcpu = prng.PickFrom(Plan.Vcpus);
        if (prng.Percent(50))
        {
            yield return new TakeStep(vcpu, prng.Percent(75) ? 1 : 0, prng.Percent(30));
            yield break;
        }

        yield return new SystemReadStep(
            vcpu, (int)(prng.Percent(80) ? SystemRegister.IccIar1 : SystemRegister.IccIar0));
        if (prng.Percent(85))
        {
            yield return new SystemWriteStep(
                vcpu, (int)(prng.Percent(80) ? SystemRegister.IccEoir1 : SystemRegister.IccEoir0), AnyIntId());
        }
    }

    /// <summary>Any register of a CPU interface, or the distributor's group enables.</summary>
    public SimulationStep Any()
    {
        var vcpu = prng.Percent(97) ? prng.PickFrom(Plan.Vcpus) : prng.Below(Plan.Shape.VcpuCount);
        return prng.Below(20) switch
        {
            0 or 1 => Read(vcpu, SystemRegisterMap.Rows[prng.Below(SystemRegisterMap.Rows.Count)].Register),
            2 => new SystemReadStep(vcpu, (int)prng.Bits(16)),
            3 => new SystemWriteStep(vcpu, (int)prng.Bits(16), prng.Next()),
            4 or 5 or 6 => Write(vcpu, SystemRegister.IccPmr, Mask()),
            7 or 8 => Write(vcpu, prng.Pick(SystemRegister.IccBpr0, SystemRegister.IccBpr1), prng.Bits(4)),
            9 => Write(vcpu, SystemRegister.IccCtlr, prng.Percent(80) ? prng.Bits(2) : prng.Next()),
            10 or 11 => Write(vcpu, SystemRegister.IccIgrpen1, prng.Percent(75) ? 1u : prng.Bits(2)),
            12 => Write(vcpu, SystemRegister.IccIgrpen0, prng.Percent(75) ? 1u : 0u),
            13 => ActivePriorities(vcpu),
            14 => Write(
                vcpu,
                prng.Pick(SystemRegister.IccEoir0, SystemRegister.IccEoir1, SystemRegister.IccDir),
                prng.Pick(AnyIntId(), AnyIntId(), 1020u, 1023u, prng.Bits(24), prng.Next())),
            15 => Read(vcpu, prng.Pick(SystemRegister.IccIar0, SystemRegister.IccHppir0, SystemRegister.IccHppir1)),
            16 => Write(
                vcpu,
                prng.Pick(
                    SystemRegister.IccIar1, SystemRegister.IccHppir1, SystemRegister.IccRpr, SystemRegister.IccSre),
                prng.Next()),
            17 => Write(
                vcpu,
                prng.Pick(SystemRegister.IccEoir1, SystemRegister.IccDir, SystemRegister.IccDir),
                AnyIntId()),
            _ => new WriteStep(
                FrameKind.Gicd, 0, 0x0000, 4, prng.Percent(85) ? prng.Pick<ulong>(2u, 3, 3) : prng.Bits(32)),
        };
    }

    /// <summary>Of any kind: an end names what was taken, or something else.</summary>
    private ulong AnyIntId() => prng.Below(4) switch
    {
        0 when Plan.Spis.Count > 0 => prng.PickFrom(Plan.Spis),
        1 => prng.PickFrom(Plan.Ppis),
        2 => prng.PickFrom(Plan.Sgis),
        _ => prng.PickFrom(Plan.Lpis),
    };

    private ulong Mask() => prng.Percent(80)
        ? prng.Pick<ulong>(0xF0, 0xF8, 0xFF, 0xFF)
        : prng.Pick<ulong>(0x00, 0x20, 0x48, 0xA0, 0xA4, 0xA8, 0xF8);

    /// <summary>Cleared more often than set: an active priority holds up everything below it.</summary>
    private SystemWriteStep ActivePriorities(int vcpu) => Write(
        vcpu,
        prng.Pick(SystemRegister.IccAp0R0, SystemRegister.IccAp1R0) + prng.Pick(0, 0, 0, 1, 2, 3),
        prng.Percent(65) ? 0 : 1UL << prng.Below(32) | (prng.Percent(20) ? prng.Bits(32) : 0));

    private static SystemReadStep Read(int vcpu, SystemRegister register) => new(vcpu, (int)register);

    private static SystemWriteStep Write(int vcpu, SystemRegister register, ulong value) =>
        new(vcpu, (int)register, value);
}
