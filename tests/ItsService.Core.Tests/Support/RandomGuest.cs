using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Core.Profiles;
using ItsService.Core.Registers;

namespace ItsService.Core.Tests.Support;

/// <summary>A guest that does anything at all: any access, any command, tables anywhere, memory that fails.</summary>
internal static class RandomGuest
{
    public static readonly GuestOptions[] Shapes =
    [
        new() { ItsCount = 2 },
        new() { ItsCount = 2, Profile = GicProfiles.Qemu },
        new()
        {
            Profile = GicProfiles.Kvm with
            {
                CommandErrorPolicy = CommandErrorPolicy.Stall, CbaserClearsCwriter = false,
            },
        },
        new()
        {
            RedistributorFrames = 7,
            MappedEventsMax = 1000,
            Profile = GicProfiles.Kvm with
            {
                PhysicalTargetAddresses = true, DeviceIdBits = 32, EventIdBits = 32, IntIdBits = 24,
                HardwareCollections = 3, TwoLevelCollectionTable = true, PageSizes = TablePageSizes.All,
                PriorityBits = 7, DirectLpis = true,
            },
        },
        new()
        {
            Profile = GicProfiles.Qemu with { DirectLpis = true, PriorityBits = 6, MaptiNeedsConfiguration = true },
        },
    ];

    /// <summary>One event mapped, so that there is something to harm.</summary>
    public static Guest Started(GuestOptions options)
    {
        var guest = Guest.Started(options);
        guest.Run(
            GuestCommand.Mapd(1, 8, Places.Itt(1)), GuestCommand.Mapc(0, 0), GuestCommand.Mapti(1, 0, 8192, 0));
        guest.TakeEvents();
        return guest;
    }

    public static void TakeOne(Xorshift random, Guest guest)
    {
        switch (random.Below(12))
        {
            case 0:
                guest.Signal((uint)NextValue(random), (uint)NextValue(random));
                break;
            case 1:
                Publish(random, guest);
                break;
            case 2:
                guest.Gic.Step((int)random.Below(5));
                break;
            case 3:
                guest.Cpu((int)random.Below(4)).Read(random.Pick([.. SystemRegisterMap.Rows]).Register);
                break;
            case 4:
                guest.Cpu((int)random.Below(4)).Write(
                    random.Pick([.. SystemRegisterMap.Rows]).Register, NextValue(random));
                break;
            case 5 when random.OneIn(20):
                InjectMemoryTrouble(random, guest.Memory);
                break;
            case 6 when random.OneIn(20):
                guest.Memory.Heal();
                break;
            case 7:
                guest.Write64(Places.ConfigurationTable + (random.Below(0x1000) * 8), random.Next());
                guest.Write64(Places.PendingTable((int)random.Below(4)) + (random.Below(0x400) * 8), random.Next());
                break;
            default:
                WriteSomewhere(random, guest);
                break;
        }
    }

    /// <summary>Two commands where the queue is now, if that is RAM, and a CWRITER that need not fit them.</summary>
    private static void Publish(Xorshift random, Guest guest)
    {
        var queue = new GuestRange(
            new GuestAddress((guest.Gits().Read64(GitsOffset.Cbaser) & 0x000F_FFFF_FFFF_0000) + guest.Creadr()), 64);
        if (guest.Ram.ProbeForWriting(queue).IsOk)
        {
            guest.WriteCommand(queue.Start.Value & ~1UL, NextCommand(random));
            guest.WriteCommand((queue.Start.Value & ~1UL) + 32, NextCommand(random));
        }

        guest.Gits().Write64(
            GitsOffset.Cwriter, random.OneIn(8) ? random.Next() : guest.Creadr() + 64 + random.Below(2));
    }

    private static void WriteSomewhere(Xorshift random, Guest guest)
    {
        var frame = random.Pick(FrameKind.Gits, FrameKind.Gits, FrameKind.Gicr, FrameKind.Gicr, FrameKind.Gicd);
        var index = frame switch
        {
            FrameKind.Gits => (int)random.Below((uint)guest.Gic.ItsCount),
            FrameKind.Gicr => (int)random.Below((uint)guest.Gic.VcpuCount),
            _ => 0,
        };
        var row = random.Pick([.. Named.Map(frame).Rows]);
        var offset = random.OneIn(8)
            ? (int)random.Below(0x2_0000)
            : row.Offset + ((int)random.Below((uint)row.Count) * row.WidthBytes) + (random.OneIn(6) ? 4 : 0);
        var port = new RegisterPort(guest.Gic, frame, index);
        var sizeBytes = random.Pick(row.WidthBytes, row.WidthBytes, row.WidthBytes, 1, 2, 4, 8);
        var value = IsBaseRegister(row) ? NextBase(random) : NextValue(random);
        port.TryWrite(offset, sizeBytes, value, random.OneIn(3) ? new DeviceId((uint)NextValue(random)) : null);
        guest.Gic.ReadRegister(new FrameLocation(frame, index, offset), sizeBytes);
    }

    private static bool IsBaseRegister(RegisterRow row) => row.Name.Contains("BASER", StringComparison.Ordinal);

    private static void InjectMemoryTrouble(Xorshift random, FaultInjectingGuestMemory memory)
    {
        var range = new GuestRange(
            new GuestAddress(NextBase(random) & 0x000F_FFFF_FFFF_F000), 0x1000UL << (int)random.Below(12));
        switch (random.Below(3))
        {
            case 0:
                memory.FaultReads(range);
                break;
            case 1:
                memory.FaultWrites(range);
                break;
            default:
                memory.MakeAbsent(range);
                break;
        }
    }

    private static ulong NextBase(Xorshift random) =>
        random.Pick(
            Places.DeviceTable(), Places.CollectionTable(), Places.Queue(), Places.ConfigurationTable,
            Places.PendingTable(0), Places.PendingTable(1), Places.Rom, Places.OutsideRam, Places.HighRam, ~0UL)
        | random.Pick(0UL, Guest.Valid, Guest.Valid | Guest.Indirect, 1UL << 62)
        | (random.Next() & random.Pick(0xFUL, 0x1FUL, 0x3FFUL, 0UL));

    private static ulong NextValue(Xorshift random) => random.Below(6) switch
    {
        0 => random.Below(4),
        1 => 8192 + random.Below(16),
        2 => 1UL << (int)random.Below(64),
        3 => ulong.MaxValue,
        4 => random.Below(0x1_0000),
        _ => random.Next(),
    };

    public static GuestCommand NextCommand(Xorshift random)
    {
        if (random.OneIn(5))
        {
            return new GuestCommand(random.Next(), random.Next(), random.Next(), random.Next());
        }

        var device = random.OneIn(6) ? random.Next() << 32 : (ulong)random.Below(4) << 32;
        var opcode = random.OneIn(10)
            ? random.Below(256)
            : random.Pick(1u, 3u, 4u, 5u, 8u, 9u, 0xAu, 0xBu, 0xCu, 0xDu, 0xEu, 0xFu);
        var target = random.OneIn(2)
            ? (ulong)random.Below(5) << 16
            : Places.Redistributors + ((ulong)random.Below(9) * 0x1_0000);
        return new GuestCommand(
            device | opcode,
            ((8180UL + random.Below(64)) << 32) | (random.OneIn(6) ? (uint)random.Next() : random.Below(20)),
            random.Pick(0UL, Guest.Valid, Guest.Valid, Guest.Valid | Places.Itt(3))
                | target | (random.OneIn(6) ? random.Below(0x1_0000) : random.Below(4)),
            target);
    }
}
