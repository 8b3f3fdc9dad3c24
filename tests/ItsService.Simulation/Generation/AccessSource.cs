using ItsService.Core;
using ItsService.Core.Registers;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Generation;

/// <summary>Accesses to registers that no careful driver makes.</summary>
internal sealed class AccessSource(Prng prng, Mode mode)
{
    private Plan Plan => mode.Plan;

    /// <summary>
    /// Near a register: the wrong size, a byte beside it, bits that are reserved, the wrong direction.
    /// </summary>
    public SimulationStep Sloppy()
    {
        var frame = DrawFrame();
        var rows = MapOf(frame).Rows;
        var row = rows[prng.Below(rows.Count)];
        var offset = row.Offset + (row.WidthBytes * prng.Below(Math.Min(row.Count, 8)));
        var beside = prng.Below(10) switch { < 6 => 0, < 8 => 4, _ => prng.Below(8) };
        return Access(frame, offset + beside, prng.Pick(1, 2, 4, 4, 4, 8, 8, 8));
    }

    /// <summary>Anywhere in a frame.</summary>
    public SimulationStep Hostile()
    {
        var frame = DrawFrame();
        var frameBytes = frame == FrameKind.Gicd ? 0x1_0000 : 0x2_0000;
        // Most of a frame is empty: half of the accesses go where registers are.
        var offset = prng.Percent(50) ? prng.Below(0x140) : prng.Below(frameBytes);
        var size = prng.Pick(1, 2, 4, 8);
        return Access(frame, prng.Percent(70) ? offset & ~(size - 1) : offset, size);
    }

    /// <summary>GICR_SETLPIR, CLRLPIR, INVLPIR, INVALLR, SYNCR.</summary>
    public SimulationStep DirectLpi()
    {
        var vcpu = prng.PickFrom(Plan.Vcpus);
        var offset = prng.Pick(0x40, 0x40, 0x40, 0x48, 0xA0, 0xA0, 0xB0, 0xC0);
        if (offset == 0xC0)
        {
            return new ReadStep(FrameKind.Gicr, vcpu, offset, 4);
        }

        var lpi = (ulong)prng.PickFrom(prng.Percent(mode.OddPercent) ? Plan.OddLpis : Plan.Lpis);
        return prng.Below(8) switch
        {
            0 => new WriteStep(FrameKind.Gicr, vcpu, offset + 4, 4, prng.PickFrom(Plan.Lpis)),
            1 => new WriteStep(FrameKind.Gicr, vcpu, offset, 8, lpi | (prng.Bits(32) << 32)),
            2 => new WriteStep(FrameKind.Gicr, vcpu, offset, 4, lpi),
            _ => new WriteStep(FrameKind.Gicr, vcpu, offset, 8, lpi),
        };
    }

    private SimulationStep Access(FrameKind frame, int offset, int size)
    {
        var index = frame switch
        {
            FrameKind.Gicd => 0,
            FrameKind.Gicr => prng.PickFrom(Plan.Vcpus),
            _ => prng.Below(Plan.Shape.ItsCount),
        };
        return prng.Percent(50)
            ? new ReadStep(frame, index, offset, size)
            : new WriteStep(frame, index, offset, size, Value(), Requester(frame));
    }

    private ulong Value() => prng.Below(6) switch
    {
        0 => 0,
        1 => ulong.MaxValue,
        2 => 1,
        3 => 1UL << prng.Below(64),
        4 => prng.PickFrom(Plan.Lpis),
        _ => prng.Next(),
    };

    private uint? Requester(FrameKind frame) =>
        frame == FrameKind.Gits && prng.Percent(20) ? prng.PickFrom(Plan.Itss[0].Devices).DeviceId : null;

    private FrameKind DrawFrame() =>
        prng.Pick(FrameKind.Gits, FrameKind.Gits, FrameKind.Gits, FrameKind.Gicr, FrameKind.Gicr, FrameKind.Gicd);

    private static RegisterMap MapOf(FrameKind frame) => frame switch
    {
        FrameKind.Gicd => GicdMap.Map,
        FrameKind.Gicr => GicrMap.Map,
        _ => GitsMap.Map,
    };
}
