using ItsService.Core.CpuInterface;
using ItsService.Core.Distributor;
using ItsService.Core.Identifiers;
using ItsService.Core.Tests.Interrupts;

namespace ItsService.Core.Tests.Allocations;

/// <summary>What SGIs, PPIs and SPIs leave as garbage: nothing, once everything has run.</summary>
public class InterruptAllocationTests
{
    private const int RoundCount = 500;

    private static readonly Dictionary<string, Cycle> Operations = new()
    {
        ["spi.level_cycle"] = (gic, ended, lines) => LevelCycle(gic, 45, ended, lines),
        ["spi.one_of_n_cycle"] = (gic, ended, lines) => LevelCycle(gic, 46, ended, lines),
        ["ppi.level_cycle"] = PpiCycle,
        ["sgi.cycle"] = SgiCycle,
    };

    private delegate void Cycle(VirtualGic gic, List<Deactivation> ended, List<VcpuLine> lines);

    public static TheoryData<string> Budgeted =>
        [.. Budgets.Names("spi."), .. Budgets.Names("ppi."), .. Budgets.Names("sgi.")];

    public static IEnumerable<string> Names => Operations.Keys;

    [Theory]
    [MemberData(nameof(Budgeted))]
    public void Interrupts_stay_within_their_budget(string name)
    {
        var guest = new InterruptGuest(vcpuCount: 4).With(5).With(5, vcpu: 1).With(27).With(45).With(46);
        guest.Route(46, InterruptGuest.AnyVcpu);
        var (ended, lines) = (new List<Deactivation>(16), new List<VcpuLine>(16));
        Operations[name](guest.Gic, ended, lines); // warms up: code, and room in the lists of what is to be told
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < RoundCount; round++)
        {
            Operations[name](guest.Gic, ended, lines);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(allocated, 0, Budgets.All[name] * RoundCount);
    }

    private static void LevelCycle(VirtualGic gic, uint spi, List<Deactivation> ended, List<VcpuLine> lines)
    {
        gic.SetSpiLevel(new IntId(spi), true, notifyAtEndOfInterrupt: true);
        TakeAndEnd(gic, 0, spi);
        gic.SetSpiLevel(new IntId(spi), false);
        Drain(gic, ended, lines);
    }

    private static void PpiCycle(VirtualGic gic, List<Deactivation> ended, List<VcpuLine> lines)
    {
        gic.SetPpiLevel(new VcpuIndex(0), new IntId(27), true, notifyAtEndOfInterrupt: true);
        TakeAndEnd(gic, 0, 27);
        gic.SetPpiLevel(new VcpuIndex(0), new IntId(27), false);
        Drain(gic, ended, lines);
    }

    private static void SgiCycle(VirtualGic gic, List<Deactivation> ended, List<VcpuLine> lines)
    {
        gic.WriteSystemRegister(new VcpuIndex(0), SystemRegister.IccSgi1R, (5UL << 24) | 2);
        TakeAndEnd(gic, 1, 5);
        Drain(gic, ended, lines);
    }

    private static void TakeAndEnd(VirtualGic gic, int index, uint expected)
    {
        var vcpu = new VcpuIndex(index);
        if (gic.ReadSystemRegister(vcpu, SystemRegister.IccIar1).Value != expected)
        {
            throw new InvalidOperationException("There must be an interrupt to take.");
        }

        gic.WriteSystemRegister(vcpu, SystemRegister.IccEoir1, expected);
    }

    private static void Drain(VirtualGic gic, List<Deactivation> ended, List<VcpuLine> lines)
    {
        ended.Clear();
        lines.Clear();
        gic.DrainDeactivated(ended);
        gic.DrainChangedLines(lines);
    }
}
