using ItsService.Core;
using ItsService.Simulation.Shapes;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Generation;

/// <summary>What happens to SGIs, PPIs and SPIs: lines that move, registers that are written, messages.</summary>
internal sealed class InterruptSource(Prng prng, Mode mode)
{
    private const int SgiBase = 0x1_0000;
    private const int Priorities = 0x0400;
    private const int Routes = 0x6000;
    private const ulong OneOfN = 1UL << 31;

    private Plan Plan => mode.Plan;

    private bool HasSpis => Plan.Spis.Count > 0;

    /// <summary>A device raises its line or lets it go; or sends a message instead.</summary>
    public SimulationStep Line()
    {
        if (HasSpis && prng.Percent(50))
        {
            return Plan.Shape[ShapeOption.MessageBasedSpis] == 1 && prng.Percent(40)
                ? new WriteStep(FrameKind.Gicd, 0, prng.Pick(0x40, 0x40, 0x48, 0x48, 0x50, 0x58), 4, Spi())
                : new LineStep(prng.PickFrom(Plan.Spis), null, prng.Percent(55), prng.Percent(40));
        }

        return new LineStep(
            prng.PickFrom(Plan.Ppis), prng.PickFrom(Plan.Vcpus), prng.Percent(55), prng.Percent(40));
    }

    /// <summary>ICC_SGI1R_EL1 and its like, most often to vCPUs that are in play.</summary>
    public SimulationStep Sgi()
    {
        var register = prng.Pick(0xC65D, 0xC65D, 0xC65D, 0xC65D, 0xC65F, 0xC65F, 0xC65E);
        return new SystemWriteStep(prng.PickFrom(Plan.Vcpus), register, prng.Percent(95) ? Targets() : prng.Next());
    }

    /// <summary>One register of an interrupt: its bit, its priority, its configuration, its route.</summary>
    public SimulationStep Register()
    {
        var isSpi = HasSpis && prng.Percent(55);
        var intId = isSpi ? prng.PickFrom(Plan.Spis) : PrivateIntId();
        return prng.Below(12) switch
        {
            0 => Write(intId, Priorities + (int)intId, 1, Priority()),
            1 => Configuration(intId),
            2 or 3 when isSpi => new WriteStep(FrameKind.Gicd, 0, Routes + (8 * (int)intId), 8, Route()),
            4 => Bits(0x0080, intId, prng.Percent(75) ? ulong.MaxValue : prng.Bits(32)), // IGROUPR
            5 or 6 => Bits(0x0100, intId, Bit(intId)), // ISENABLER
            7 => Bits(0x0180, intId, Bit(intId)), // ICENABLER
            8 => Bits(0x0200, intId, Bit(intId)), // ISPENDR
            9 => Bits(0x0280, intId, Bit(intId)), // ICPENDR
            10 => Bits(0x0300, intId, Bit(intId)), // ISACTIVER
            _ => Bits(0x0380, intId, prng.Percent(50) ? Bit(intId) : ulong.MaxValue), // ICACTIVER
        };
    }

    /// <summary>What a driver sets up at the distributor.</summary>
    public IEnumerable<SimulationStep> BringUpSpis()
    {
        foreach (var spi in Plan.Spis)
        {
            yield return Bits(0x0080, spi, prng.Percent(70) ? ulong.MaxValue : prng.Bits(32));
            yield return Write(spi, Priorities + (int)spi, 1, Priority());
            yield return Configuration(spi);
            yield return new WriteStep(FrameKind.Gicd, 0, Routes + (8 * (int)spi), 8, Route());
            yield return Bits(0x0100, spi, Bit(spi));
        }
    }

    /// <summary>The same at a redistributor.</summary>
    public IEnumerable<SimulationStep> BringUpPrivate(int vcpu)
    {
        yield return new WriteStep(FrameKind.Gicr, vcpu, 0x0014, 4, 0); // GICR_WAKER
        yield return new WriteStep(
            FrameKind.Gicr, vcpu, SgiBase + 0x0080, 4, prng.Percent(70) ? uint.MaxValue : prng.Bits(32));
        foreach (var intId in Plan.Sgis.Concat(Plan.Ppis))
        {
            yield return new WriteStep(FrameKind.Gicr, vcpu, SgiBase + Priorities + (int)intId, 1, Priority());
        }

        yield return new WriteStep(
            FrameKind.Gicr, vcpu, SgiBase + 0x0C04, 4, prng.Percent(60) ? 0 : prng.Bits(32)); // GICR_ICFGR1
        yield return new WriteStep(FrameKind.Gicr, vcpu, SgiBase + 0x0100, 4, uint.MaxValue);
    }

    /// <summary>GICR_WAKER, or with 1-of-N GICR_CTLR.DPG of a redistributor that keeps its LPIs.</summary>
    public SimulationStep Participation()
    {
        var vcpu = prng.PickFrom(Plan.Vcpus);
        return prng.Percent(50)
            ? new WriteStep(FrameKind.Gicr, vcpu, 0x0014, 4, prng.Percent(70) ? 0u : 2u)
            : new WriteStep(FrameKind.Gicr, vcpu, 0x0000, 4, 1 | (prng.Bits(3) << 24));
    }

    private static ulong Bit(uint intId) => 1UL << (int)(intId % 32);

    private uint PrivateIntId() => prng.Percent(50) ? prng.PickFrom(Plan.Sgis) : prng.PickFrom(Plan.Ppis);

    private ulong Spi() => prng.Percent(90) ? prng.PickFrom(Plan.Spis) : prng.Bits(13);

    private ulong Priority() => prng.Pick<ulong>(0x00, 0x20, 0x20, 0x40, 0xA0, 0xA0, 0xA0, 0xA8, 0xF0, 0xFF);

    private WriteStep Bits(int array, uint intId, ulong value) => Write(intId, array + ((int)intId / 32 * 4), 4, value);

    /// <summary>By level or by edge; those beside it as well, now and then.</summary>
    private WriteStep Configuration(uint intId) => Write(
        intId,
        0x0C00 + ((int)intId / 16 * 4),
        4,
        prng.Pick<ulong>(0, 2UL << (2 * ((int)intId % 16)), 0xAAAA_AAAA, prng.Bits(32)));

    /// <summary>To a redistributor's own frame where the INTID is private.</summary>
    private WriteStep Write(uint intId, int offset, int sizeBytes, ulong value)
    {
        var kept = sizeBytes == 4 ? (uint)value : value;
        return intId < 32
            ? new WriteStep(FrameKind.Gicr, prng.PickFrom(Plan.Vcpus), SgiBase + offset, sizeBytes, kept)
            : new WriteStep(FrameKind.Gicd, 0, offset, sizeBytes, kept);
    }

    /// <summary>Most often to a vCPU in play; now and then to nobody, or to any of several.</summary>
    private ulong Route()
    {
        var affinity = (ulong)Affinity();
        var route = (affinity & 0xFF_FFFF) | (affinity >> 24 << 32);
        return prng.Below(10) switch
        {
            0 => prng.Next(),
            1 => route ^ 0x0100,
            2 or 3 or 4 => route | OneOfN,
            _ => route,
        };
    }

    private ulong Targets()
    {
        var sgi = (ulong)(prng.Percent(90) ? prng.PickFrom(Plan.Sgis) : (uint)prng.Below(16)) << 24;
        if (prng.Percent(20))
        {
            return sgi | (1UL << 40) | (prng.Percent(20) ? prng.Bits(16) : 0);
        }

        var affinity = (ulong)Affinity();
        var list = prng.Percent(60) ? 1UL << (int)(affinity & 0xF) : prng.Bits(16);
        var range = prng.Percent(90) ? (affinity >> 4) & 0xF : prng.Bits(4);
        return sgi | list
            | (((affinity >> 8) & 0xFF) << 16)
            | (((affinity >> 16) & 0xFF) << 32)
            | (range << 44)
            | ((affinity >> 24) << 48);
    }

    private uint Affinity() => Plan.Shape.AffinityOf(prng.PickFrom(Plan.Vcpus));
}
