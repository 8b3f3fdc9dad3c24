using ItsService.Core;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Generation;

/// <summary>What a driver does to have interrupts arrive. Now and then it forgets a part of it.</summary>
internal sealed class BringUp(Prng prng, Mode mode, CommandSource commands, InterruptSource interrupts)
{
    private const int ForgetPercent = 3;
    private const int BatchSlots = 5;
    private const int FilledBytes = 0x1000;

    private Plan Plan => mode.Plan;

    /// <summary>Everything, as after a reset.</summary>
    public IEnumerable<SimulationStep> Everything() =>
    [
        .. Configurations(),
        .. interrupts.BringUpSpis(),
        new WriteStep(FrameKind.Gicd, 0, 0x0000, 4, prng.Percent(25) ? 2u : 3u),
        .. Plan.Vcpus.SelectMany(Vcpu),
        .. Plan.Itss.SelectMany(Its),
    ];

    /// <summary>One ITS: its tables, its queue, and what it maps.</summary>
    public IEnumerable<SimulationStep> Its(ItsPlan its) => SomeOf(
    [
        Write32(FrameKind.Gits, its.Index, 0x0000, 0),
        .. its.DeviceTable.LevelOne.Concat(its.CollectionTable.LevelOne)
            .Select(entry => new MemoryStep(entry.Address, BitConverter.GetBytes(entry.Entry))),
        .. Write64(FrameKind.Gits, its.Index, 0x0100, its.DeviceTable.Baser),
        .. Write64(FrameKind.Gits, its.Index, 0x0108, its.CollectionTable.Baser),
        .. Write64(FrameKind.Gits, its.Index, 0x0080, its.Cbaser),
        new WriteStep(FrameKind.Gits, its.Index, 0x0088, 8, 0),
        Write32(FrameKind.Gits, its.Index, 0x0000, 1),
        .. Mappings(its),
    ]);

    /// <summary>One vCPU: its LPI tables and its CPU interface.</summary>
    public IEnumerable<SimulationStep> Vcpu(int vcpu) => SomeOf(
    [
        .. Lpis(vcpu, pendingTableZero: prng.Percent(50)),
        .. interrupts.BringUpPrivate(vcpu),
        new SystemWriteStep(vcpu, 0xC230, prng.Percent(80) ? 0xF8u : prng.Bits(8)),
        new SystemWriteStep(vcpu, 0xC664, prng.Percent(40) ? 2u : 0u),
        new SystemWriteStep(vcpu, 0xC666, prng.Percent(75) ? 1u : 0u),
        new SystemWriteStep(vcpu, 0xC667, 1),
    ]);

    /// <summary>LPIs disabled, both tables set, enabled.</summary>
    public IEnumerable<SimulationStep> Lpis(int vcpu, bool pendingTableZero) =>
    [
        Write32(FrameKind.Gicr, vcpu, 0x0000, 0),
        .. Write64(
            FrameKind.Gicr,
            vcpu,
            0x0070,
            Plan.ConfigurationTables[prng.Percent(97) ? 0 : 1] | (uint)(Plan.ConfigurationBits - 1)
            | (prng.Bits(5) << 7)),
        .. Write64(
            FrameKind.Gicr, vcpu, 0x0078, Plan.PendingTable(vcpu) | (pendingTableZero ? 1UL << 62 : 0)),
        Write32(FrameKind.Gicr, vcpu, 0x0000, 1),
    ];

    /// <summary>A configuration byte: more often enabled than not, of few priorities.</summary>
    public byte Configuration() => (byte)(prng.Pick(0x00, 0x20, 0x40, 0xA0, 0xA0, 0xA4, 0xA8, 0xF0, 0xFC)
        | (prng.Percent(80) ? 1 : 0) | (prng.Percent(50) ? 2 : 0));

    /// <summary>Now and then the whole beginning of a table first, as a driver does.</summary>
    private IEnumerable<SimulationStep> Configurations() =>
    [
        .. Plan.ConfigurationTables.Where(_ => prng.Percent(50))
            .Select(table => new FillStep(table, FilledBytes, Configuration())),
        .. Plan.ConfigurationTables.SelectMany(table => Plan.Lpis.Select(
            lpi => new MemoryStep(table + lpi - 8192, [Configuration()]))),
    ];

    private List<SimulationStep> Mappings(ItsPlan its)
    {
        List<Slot> slots =
        [
            .. its.Collections.Select(commands.Mapc),
            .. its.Devices.Select(CommandSource.Mapd),
            .. its.Devices.SelectMany(device => device.Events.Select(each => commands.Mapti(its, device, each))),
        ];
        return [.. slots.Chunk(BatchSlots).Select(batch => new SubmitStep(its.Index, false, batch))];
    }

    private IEnumerable<SimulationStep> SomeOf(IEnumerable<SimulationStep> steps) =>
        steps.Where(_ => !prng.Percent(ForgetPercent));

    private static WriteStep Write32(FrameKind frame, int index, int offset, uint value) =>
        new(frame, index, offset, 4, value);

    /// <summary>At once, or by halves in either order.</summary>
    private IEnumerable<SimulationStep> Write64(FrameKind frame, int index, int offset, ulong value)
    {
        var low = new WriteStep(frame, index, offset, 4, (uint)value);
        var high = new WriteStep(frame, index, offset + 4, 4, value >> 32);
        return prng.Below(10) switch
        {
            0 => [low, high],
            1 => [high, low],
            _ => [new WriteStep(frame, index, offset, 8, value)],
        };
    }
}
