using ItsService.Core;
using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;

namespace ItsService.Fuzz.Machines;

/// <summary>A guest that behaves well: it brings a machine up, maps devices and uses them.</summary>
internal static class Guest
{
    public const int DeviceCount = 3;
    public const uint FirstLpi = 8192;

    private const ulong Valid = 1UL << 63;
    private const ulong Indirect = 1UL << 62;
    private const byte EnabledAtA0 = 0xA3;

    /// <summary>The DeviceIDs of an ITS; the last one is on another page of a two-level table.</summary>
    public static ulong DeviceId(VirtualGicConfiguration shape, int number) =>
        number < DeviceCount - 1 ? (ulong)(3 + (5 * number)) : Math.Min(600, (1UL << shape.Profile.DeviceIdBits) - 1);

    /// <summary>The LPI of an event of a device of an ITS; all differ.</summary>
    public static ulong Lpi(int its, int device, int eventId) =>
        FirstLpi + (ulong)((its * 64) + (device * 16) + eventId);

    /// <summary>What a command names a vCPU by.</summary>
    public static ulong Target(VirtualGicConfiguration shape, int vcpu) => shape.Profile.PhysicalTargetAddresses
        ? (Places.Redistributors + ((ulong)vcpu * 0x2_0000)) >> 16
        : (ulong)vcpu;

    /// <summary>A machine that has run for a while, with some LPIs pending and commands left to read.</summary>
    public static Machine Make(VirtualGicConfiguration shape, bool twoLevel)
    {
        var machine = new Machine(shape, new FuzzMemory());
        StartRedistributors(machine);
        for (var its = 0; its < shape.ItsCount; its++)
        {
            StartIts(machine, its, twoLevel);
            MapDevices(machine, its);
        }

        Use(machine);
        return machine;
    }

    private static void StartRedistributors(Machine machine)
    {
        var table = new byte[0x2000];
        table.AsSpan().Fill(EnabledAtA0);
        machine.Memory.Poke(Places.ConfigurationTable, table);
        machine.WriteDistributor(0, 2);
        var bits = (ulong)Math.Min(machine.Shape.Profile.IntIdBits, 16);
        for (var vcpu = 0; vcpu < machine.VcpuCount; vcpu++)
        {
            machine.WriteRedistributor(vcpu, Offsets.Waker, 0, 4);
            machine.WriteRedistributor(vcpu, Offsets.Propbaser, Places.ConfigurationTable | (bits - 1), 8);
            machine.WriteRedistributor(vcpu, Offsets.Pendbaser, Places.PendingTable(vcpu), 8);
            machine.WriteRedistributor(vcpu, Offsets.Ctlr, 1, 4);
            machine.WriteCpu(vcpu, SystemRegister.IccPmr, 0xF8);
            machine.WriteCpu(vcpu, SystemRegister.IccIgrpen1, 1);
        }
    }

    private static void StartIts(Machine machine, int its, bool twoLevel)
    {
        var pages64K = 2UL << 8;
        machine.WriteIts(its, Offsets.Baser(0), Places.DeviceTable(its) | pages64K | Valid | (twoLevel ? Indirect : 0));
        machine.WriteIts(
            its, Offsets.Baser(1), Places.CollectionTable(its) | pages64K | Valid | (twoLevel ? Indirect : 0));
        if (twoLevel)
        {
            var perPage = ((machine.ReadIts(its, Offsets.Baser(0)) >> 8) & 3) switch { 0 => 512, 1 => 2048, _ => 8192 };
            for (var device = 0; device < DeviceCount; device++)
            {
                var page = (int)DeviceId(machine.Shape, device) / perPage;
                machine.Memory.Poke(Places.DeviceTable(its) + (ulong)(8 * page), Valid | Places.DevicePage(its, page));
            }

            machine.Memory.Poke(Places.CollectionTable(its), Valid | Places.CollectionPage(its, 0));
        }

        machine.WriteIts(its, Offsets.Cbaser, Places.Queue(its) | Valid);
        machine.WriteIts(its, Offsets.Cwriter, 0);
        machine.WriteIts(its, Offsets.Ctlr, 1, 4);
    }

    private static void MapDevices(Machine machine, int its)
    {
        var commands = new List<Command>();
        for (var vcpu = 0; vcpu < machine.VcpuCount; vcpu++)
        {
            commands.Add(Command.Mapc((ulong)vcpu, Target(machine.Shape, vcpu)));
        }

        for (var device = 0; device < DeviceCount; device++)
        {
            var id = DeviceId(machine.Shape, device);
            commands.Add(Command.Mapd(id, 4, Places.Itt(its, device)));
            for (var eventId = 0; eventId < 6; eventId += 1 + device)
            {
                var collection = (ulong)((eventId + device) % machine.VcpuCount);
                commands.Add(Command.Mapti(id, (ulong)eventId, Lpi(its, device, eventId), collection));
            }
        }

        // One LPI of two events, and one in a collection that is not mapped.
        commands.Add(Command.Mapti(DeviceId(machine.Shape, 0), 7, Lpi(its, 1, 0), 0));
        commands.Add(Command.Mapti(DeviceId(machine.Shape, 0), 8, Lpi(its, 0, 8), 12));
        machine.RunCommands(its, commands);
    }

    private static void Use(Machine machine)
    {
        for (var its = 0; its < machine.ItsCount; its++)
        {
            for (var eventId = 0u; eventId < 6; eventId += 2)
            {
                machine.Gic.SignalMsi(its, new DeviceId((uint)DeviceId(machine.Shape, 0)), new EventId(eventId));
                machine.Gic.SignalMsi(its, new DeviceId((uint)DeviceId(machine.Shape, 1)), new EventId(eventId));
            }
        }

        machine.ReadCpu(0, SystemRegister.IccIar1);
    }
}
