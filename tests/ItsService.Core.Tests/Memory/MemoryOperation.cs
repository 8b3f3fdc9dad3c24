using ItsService.Core.CpuInterface;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Memory;

/// <summary>
/// One operation that uses guest memory, on a guest where each of them finds something to do. The guest has two-level
/// tables, a configuration table for each redistributor, and LPIs whose configuration was never read.
/// </summary>
internal sealed record MemoryOperation
{
    private const ulong DeviceLevel1 = Places.Scratch;
    private const ulong DeviceLevel2 = Places.Scratch + 0x1_0000;
    private const ulong CollectionLevel1 = Places.Scratch + 0x2_0000;
    private const ulong CollectionLevel2 = Places.Scratch + 0x3_0000;

    private static readonly GuestOptions Options = new()
    {
        InlineCommandsMax = 0,
        Profile = GicProfiles.Kvm with
        {
            TwoLevelCollectionTable = true,
            SharedPropbaser = false,
            MaptiNeedsConfiguration = false,
            DirectLpis = true,
        },
    };

    private static readonly MemoryOperation[] All =
    [
        OfCommand("MAPD V=1", GuestCommand.Mapd(5, 8, Places.Itt(5))),
        OfCommand("MAPD V=1 again", GuestCommand.Mapd(1, 4, Places.Itt(5))),
        OfCommand("MAPD V=0", GuestCommand.MapdUnmap(1)),
        OfCommand("MAPC V=1", GuestCommand.Mapc(1, 2)),
        OfCommand("MAPC V=1 with unread configurations", GuestCommand.Mapc(9, 2)),
        OfCommand("MAPC V=1 from where LPIs are pending", GuestCommand.Mapc(0, 2)),
        OfCommand("MAPC V=0", GuestCommand.MapcUnmap(0)),
        OfCommand("MAPTI", GuestCommand.Mapti(1, 100, 8400, 0)),
        OfCommand("MAPTI over a mapped event", GuestCommand.Mapti(1, 0, 8400, 9)),
        OfCommand("MAPI", GuestCommand.Mapi(2, 8500, 0)),
        OfCommand("MOVI", GuestCommand.Movi(1, 0, 2)),
        OfCommand("MOVI within a redistributor", GuestCommand.Movi(1, 0, 0)),
        OfCommand("MOVI with an unread configuration", GuestCommand.Movi(1, 11, 0)),
        OfCommand("DISCARD", GuestCommand.Discard(1, 0)),
        OfCommand("INV", GuestCommand.Inv(1, 0)),
        OfCommand("INVALL", GuestCommand.Invall(0)),
        OfCommand("MOVALL", GuestCommand.Movall(0, 2)),
        OfCommand("INT", GuestCommand.Int(1, 1)),
        OfCommand("INT of an unmapped device", GuestCommand.Int(3, 0)),
        OfCommand("CLEAR", GuestCommand.Clear(1, 0)),
        OfCommand("SYNC", GuestCommand.Sync(0)),
        OfCommand("MAPTI of a missing device", GuestCommand.Mapti(6, 0, 8400, 0)),
        OfCommand("MAPI of a missing device", GuestCommand.Mapi(6, 8400, 0)),
        OfCommand("MOVI of a missing device", GuestCommand.Movi(6, 0, 2)),
        OfCommand("DISCARD of a missing device", GuestCommand.Discard(6, 0)),
        OfCommand("INV of a missing device", GuestCommand.Inv(6, 0)),
        OfCommand("INT of a missing device", GuestCommand.Int(6, 0)),
        OfCommand("CLEAR of a missing device", GuestCommand.Clear(6, 0)),
        OfCommand("unknown opcode", GuestCommand.Opcode(0x7F)),
        OfRegister("EnableLPIs 0→1", 3, GicrOffset.Ctlr, 1),
        OfRegister("EnableLPIs 1→0", 0, GicrOffset.Ctlr, 0),
        OfRegister("INVLPIR", 0, GicrOffset.Invlpir, 8192),
        OfRegister("INVALLR", 0, GicrOffset.Invallr, 0),
        OfRegister("SETLPIR of an unread configuration", 0, GicrOffset.Setlpir, 8600),
    ];

    private MemoryOperation(string name) => Name = name;

    public string Name { get; }

    public bool IsCommand => Prepare is not null;

    public required Func<Guest, AccessResult> Run { get; init; }

    /// <summary>
    /// Whether a table that cannot be read or written is reported and the operation done without it. MAPTI and MAPI are
    /// of this kind in the profile of these tests; where the profile needs the configuration, MapEventTests has them.
    /// </summary>
    private bool GoesOn =>
        Name.Contains("unread", StringComparison.Ordinal)
        || Name.StartsWith("Enable", StringComparison.Ordinal)
        || Name is "MAPC V=1 from where LPIs are pending" or "MOVI" or "MOVI within a redistributor" or "MOVALL"
        || Name is "MAPTI" or "MAPTI over a mapped event" or "MAPI";

    private Action<Guest>? Prepare { get; init; }

    public static TheoryData<string> Names => new(All.Select(operation => operation.Name));

    /// <summary>Those that cannot go on without what they could not read or write.</summary>
    public static TheoryData<string> NamesOfStrict =>
        new(All.Where(operation => !operation.GoesOn).Select(operation => operation.Name));

    public static MemoryOperation Named(string name) => All.Single(operation => operation.Name == name);

    public Guest NewGuest()
    {
        var guest = new Guest(Options);
        PlaceTwoLevelTables(guest);
        Map(guest, GuestCommand.Mapd(1, 8, Places.Itt(1)), GuestCommand.Mapd(2, 16, Places.Itt(2)));

        // No redistributor has a table yet, so that these configurations stay unread; vCPU 3 has LPIs disabled.
        Map(guest, GuestCommand.Mapti(1, 10, 8300, 9), GuestCommand.Mapti(1, 11, 8301, 8));
        guest.StartRedistributors();
        guest.Gicr(3).Write32(GicrOffset.Ctlr, 0);
        Map(
            guest,
            GuestCommand.Mapc(0, 0), GuestCommand.Mapc(2, 2), GuestCommand.Mapc(8, 3),
            GuestCommand.Mapti(1, 0, 8192, 0), GuestCommand.Mapti(1, 1, 8193, 0),
            GuestCommand.Mapti(1, 2, 20_000, 0), GuestCommand.Mapti(1, 3, 40_000, 8),
            GuestCommand.Int(1, 0), GuestCommand.Int(1, 2));
        guest.Fill(Places.ConfigurationTable, 0xE000, 0x43);
        guest.SetPendingBit(3, 8700);
        guest.SetPendingBit(3, 50_000);
        guest.Cpu(3).Write(SystemRegister.IccPmr, 0);
        Assert.Empty(guest.TakeEvents());
        Prepare?.Invoke(guest);
        return guest;
    }

    private static MemoryOperation OfCommand(string name, GuestCommand command) => new(name)
    {
        Prepare = guest => guest.Publish(0, command),
        Run = guest =>
        {
            var result = guest.Gic.Step(1);
            return new AccessResult(result.Status, Missing: result.Missing);
        },
    };

    private static MemoryOperation OfRegister(string name, int vcpu, int offset, ulong value) => new(name)
    {
        Run = guest => guest.Gicr(vcpu).TryWrite(offset, 4, value),
    };

    private static void PlaceTwoLevelTables(Guest guest)
    {
        guest.Write64(DeviceLevel1, Guest.Valid | DeviceLevel2);
        guest.Write64(CollectionLevel1, Guest.Valid | CollectionLevel2);
        guest.PlaceTables();
        guest.Gits().Write64(GitsOffset.Baser0, Guest.Valid | Guest.Indirect | DeviceLevel1 | Guest.Pages64K);
        guest.Gits().Write64(GitsOffset.Baser1, Guest.Valid | Guest.Indirect | CollectionLevel1 | Guest.Pages64K);
        guest.Enable();
    }

    private static void Map(Guest guest, params GuestCommand[] commands)
    {
        guest.Run(commands);
        Assert.Empty(guest.TakeErrors());
    }
}
