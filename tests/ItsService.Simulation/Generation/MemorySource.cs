using ItsService.Simulation.Memory;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Generation;

/// <summary>
/// What happens to guest memory: tables overwritten, memory that fails, memory that the host must fetch.
/// </summary>
internal sealed class MemorySource(Prng prng, Mode mode, BringUp bringUp)
{
    private Plan Plan => mode.Plan;

    /// <summary>One configuration byte.</summary>
    public SimulationStep Configuration()
    {
        var table = Plan.ConfigurationTables[prng.Percent(95) ? 0 : 1];
        return new MemoryStep(
            table + prng.PickFrom(Plan.Lpis) - 8192,
            [prng.Percent(90) ? bringUp.Configuration() : (byte)prng.Bits(8)]);
    }

    /// <summary>A byte of a pending table, now and then of the part that is not for LPIs.</summary>
    public SimulationStep PendingTable()
    {
        var table = prng.PickFrom(Plan.PendingTables);
        var lpi = prng.PickFrom(Plan.Lpis);
        return prng.Percent(90)
            ? new MemoryStep(table + (lpi / 8), [(byte)(prng.Percent(70) ? 1 << (int)(lpi % 8) : (int)prng.Bits(8))])
            : new MemoryStep(table + prng.Bits(10), [(byte)prng.Bits(8)]);
    }

    /// <summary>What no driver may write while the ITS owns it.</summary>
    public SimulationStep Table()
    {
        var its = prng.PickFrom(Plan.Itss);
        switch (prng.Below(5))
        {
            case 0 when its.DeviceTable.LevelOne.Count > 0:
                return LevelOne(prng.PickFrom(its.DeviceTable.LevelOne));
            case 1 when its.CollectionTable.LevelOne.Count > 0:
                return LevelOne(prng.PickFrom(its.CollectionTable.LevelOne));
            case 2:
                var device = prng.PickFrom(its.Devices);
                return new MemoryStep(device.IttAddress + (8UL * prng.PickFrom(device.Events)), prng.Bytes(8));
            case 3:
                return new MemoryStep(its.CollectionTable.Address + (8 * prng.Bits(3)), prng.Bytes(8));
            default:
                return new MemoryStep(its.DeviceTable.Address + (8 * prng.Bits(4)), prng.Bytes(8));
        }
    }

    /// <summary>A stretch of memory that is of use fails: all of it, a page, or a few bytes.</summary>
    public SimulationStep Fault()
    {
        var kind = prng.Pick(FaultKind.Reads, FaultKind.Writes, FaultKind.Accesses, FaultKind.Everything);
        var (address, length) = Stretch(prng.PickFrom(Plan.Itss));
        return prng.Below(3) switch
        {
            0 => new FaultStep(kind, address, length),
            1 => new FaultStep(kind, address, Math.Min(length, 0x1000)),
            _ => new FaultStep(kind, address + (8 * prng.Bits(5)), 8),
        };
    }

    /// <summary>Core's host loses its guest's memory.</summary>
    public SimulationStep Evict() =>
        new EvictStep(prng.Percent(12) ? 0 : prng.Pick(32, 64, 256, 1024, 4096, 4096, 65536));

    private MemoryStep LevelOne((ulong Address, ulong Entry) entry) => new(
        entry.Address,
        BitConverter.GetBytes(prng.Below(4) switch
        {
            0 => entry.Entry & ~(1UL << 63),
            1 => (entry.Entry & (1UL << 63)) | GuestMap.Rom.Start,
            2 => prng.Next(),
            _ => entry.Entry | prng.Bits(12),
        }));

    private (ulong Address, ulong Length) Stretch(ItsPlan its)
    {
        var device = prng.PickFrom(its.Devices);
        var lpi = prng.PickFrom(Plan.Lpis);
        return prng.Below(8) switch
        {
            0 => (its.QueueAddress, (ulong)its.QueueBytes),
            1 => (its.DeviceTable.Address, its.DeviceTable.Bytes),
            2 => (its.CollectionTable.Address, its.CollectionTable.Bytes),
            3 => (device.IttAddress, 0x1000),
            4 => (Plan.ConfigurationTables[0] + (prng.Percent(50) ? 0 : lpi - 8192), 0x100),
            5 => (prng.PickFrom(Plan.PendingTables), 0x2000),
            6 when its.DeviceTable.LevelOne.Count > 0 =>
                (prng.PickFrom(its.DeviceTable.LevelOne).Entry & 0x000F_FFFF_FFFF_F000, 0x1000),
            _ => (its.DeviceTable.Address + (8UL * (device.DeviceId & 0xFFFF)), 8),
        };
    }
}
