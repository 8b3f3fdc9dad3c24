using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Commands;

/// <summary>
/// Each field of each command at its largest value, one below and one above, on an ITS whose numbers are narrower than
/// its tables are long: 8 DeviceID bits, 14 EventID bits, 4 collection bits, 14 INTID bits. Device 1 has 14 EventID
/// bits and event 0 on LPI 8192 in collection 0; collections 0, 14 and 15 are mapped; device 2 has one EventID bit.
/// </summary>
public class CommandBoundaryTests
{
    private const uint DeviceMax = 255;
    private const uint EventMax = 0x3FFF;
    private const uint CollectionMax = 15;
    private const uint LpiMax = 0x3FFF;
    private const int EventBitsMax = 14;
    private const uint VcpuMax = 3;

    private static readonly ulong Itt = Places.Itt(3);

    private static readonly GuestOptions Narrow = new()
    {
        Profile = GicProfiles.Kvm with { DeviceIdBits = 8, EventIdBits = 14, CollectionIdBits = 4, IntIdBits = 14 },
    };

    public static TheoryData<string, GuestCommand, uint> Mappings => new()
    {
        { "MAPD device max-1", GuestCommand.Mapd(DeviceMax - 1, 1, Itt), 0 },
        { "MAPD device max", GuestCommand.Mapd(DeviceMax, 1, Itt), 0 },
        { "MAPD device max+1", GuestCommand.Mapd(DeviceMax + 1, 1, Itt), 0x010801 },
        { "MAPD device of 32 bits", GuestCommand.Mapd(uint.MaxValue, 1, Itt), 0x010801 },
        { "MAPD V=0 device max", GuestCommand.MapdUnmap(DeviceMax), 0 },
        { "MAPD V=0 device max+1", GuestCommand.MapdUnmap(DeviceMax + 1), 0x010801 },
        { "MAPD size max-1", GuestCommand.Mapd(3, EventBitsMax - 1, Itt), 0 },
        { "MAPD size max", GuestCommand.Mapd(3, EventBitsMax, Itt), 0 },
        { "MAPD size max+1", GuestCommand.Mapd(3, EventBitsMax + 1, Itt), 0x010802 },
        { "MAPD V=0 size of 32 bits", GuestCommand.MapdUnmap(3) with { Dw1 = 31 }, 0 },
        { "MAPC ICID max-1", GuestCommand.Mapc(CollectionMax - 1, 0), 0 },
        { "MAPC ICID max", GuestCommand.Mapc(CollectionMax, 0), 0 },
        { "MAPC ICID max+1", GuestCommand.Mapc(CollectionMax + 1, 0), 0x010903 },
        { "MAPC V=0 ICID max", GuestCommand.MapcUnmap(CollectionMax), 0 },
        { "MAPC V=0 ICID max+1", GuestCommand.MapcUnmap(CollectionMax + 1), 0x010903 },
        { "MAPC RDbase max-1", GuestCommand.Mapc(0, VcpuMax - 1), 0 },
        { "MAPC RDbase max", GuestCommand.Mapc(0, VcpuMax), 0 },
        { "MAPC RDbase max+1", GuestCommand.Mapc(0, VcpuMax + 1), 0x010902 },
        { "MAPTI device max+1", GuestCommand.Mapti(DeviceMax + 1, 0, 8192, 0), 0x010A01 },
        { "MAPTI event max-1", GuestCommand.Mapti(1, EventMax - 1, 8192, 0), 0 },
        { "MAPTI event max", GuestCommand.Mapti(1, EventMax, 8192, 0), 0 },
        { "MAPTI event max+1", GuestCommand.Mapti(1, EventMax + 1, 8192, 0), 0x010A05 },
        { "MAPTI last event of one bit", GuestCommand.Mapti(2, 1, 8192, 0), 0 },
        { "MAPTI first event beyond one bit", GuestCommand.Mapti(2, 2, 8192, 0), 0x010A05 },
        { "MAPTI LPI min-1", GuestCommand.Mapti(1, 1, 8191, 0), 0x010A06 },
        { "MAPTI LPI min", GuestCommand.Mapti(1, 1, 8192, 0), 0 },
        { "MAPTI LPI max-1", GuestCommand.Mapti(1, 1, LpiMax - 1, 0), 0 },
        { "MAPTI LPI max", GuestCommand.Mapti(1, 1, LpiMax, 0), 0 },
        { "MAPTI LPI max+1", GuestCommand.Mapti(1, 1, LpiMax + 1, 0), 0x010A06 },
        { "MAPTI ICID max-1", GuestCommand.Mapti(1, 1, 8192, CollectionMax - 1), 0 },
        { "MAPTI ICID max", GuestCommand.Mapti(1, 1, 8192, CollectionMax), 0 },
        { "MAPTI ICID max+1", GuestCommand.Mapti(1, 1, 8192, CollectionMax + 1), 0x010A03 },
        { "MAPI device max+1", GuestCommand.Mapi(DeviceMax + 1, 8192, 0), 0x010B01 },
        { "MAPI event min-1", GuestCommand.Mapi(1, 8191, 0), 0x010B06 },
        { "MAPI event min", GuestCommand.Mapi(1, 8192, 0), 0 },
        { "MAPI event max", GuestCommand.Mapi(1, EventMax, 0), 0 },
        { "MAPI event max+1", GuestCommand.Mapi(1, EventMax + 1, 0), 0x010B05 },
        { "MAPI ICID max", GuestCommand.Mapi(1, 8192, CollectionMax), 0 },
        { "MAPI ICID max+1", GuestCommand.Mapi(1, 8192, CollectionMax + 1), 0x010B03 },
    };

    public static TheoryData<string, GuestCommand, uint> OthersThanMappings => new()
    {
        { "MOVI ICID max-1", GuestCommand.Movi(1, 0, CollectionMax - 1), 0 },
        { "MOVI ICID max", GuestCommand.Movi(1, 0, CollectionMax), 0 },
        { "MOVI ICID max+1", GuestCommand.Movi(1, 0, CollectionMax + 1), 0x010103 },
        { "MOVI device max+1", GuestCommand.Movi(DeviceMax + 1, 0, 0), 0x010101 },
        { "MOVI event max", GuestCommand.Movi(1, EventMax, 0), 0x010107 },
        { "MOVI event max+1", GuestCommand.Movi(1, EventMax + 1, 0), 0x010105 },
        { "DISCARD device max", GuestCommand.Discard(DeviceMax, 0), 0x010F04 },
        { "DISCARD device max+1", GuestCommand.Discard(DeviceMax + 1, 0), 0x010F01 },
        { "DISCARD event max", GuestCommand.Discard(1, EventMax), 0x010F07 },
        { "DISCARD event max+1", GuestCommand.Discard(1, EventMax + 1), 0x010F05 },
        { "INV device max", GuestCommand.Inv(DeviceMax, 0), 0x010C04 },
        { "INV device max+1", GuestCommand.Inv(DeviceMax + 1, 0), 0x010C01 },
        { "INV event max", GuestCommand.Inv(1, EventMax), 0x010C07 },
        { "INV event max+1", GuestCommand.Inv(1, EventMax + 1), 0x010C05 },
        { "INT device max", GuestCommand.Int(DeviceMax, 0), 0x010304 },
        { "INT device max+1", GuestCommand.Int(DeviceMax + 1, 0), 0x010301 },
        { "INT event max", GuestCommand.Int(1, EventMax), 0x010307 },
        { "INT event max+1", GuestCommand.Int(1, EventMax + 1), 0x010305 },
        { "CLEAR device max", GuestCommand.Clear(DeviceMax, 0), 0x010504 },
        { "CLEAR device max+1", GuestCommand.Clear(DeviceMax + 1, 0), 0x010501 },
        { "CLEAR event max", GuestCommand.Clear(1, EventMax), 0x010507 },
        { "CLEAR event max+1", GuestCommand.Clear(1, EventMax + 1), 0x010505 },
        { "INVALL ICID max", GuestCommand.Invall(CollectionMax), 0 },
        { "INVALL ICID max+1", GuestCommand.Invall(CollectionMax + 1), 0x010D03 },
        { "MOVALL RDbase1 max", GuestCommand.Movall(VcpuMax, 0), 0 },
        { "MOVALL RDbase1 max+1", GuestCommand.Movall(VcpuMax + 1, 0), 0x010E01 },
        { "MOVALL RDbase2 max", GuestCommand.Movall(0, VcpuMax), 0 },
        { "MOVALL RDbase2 max+1", GuestCommand.Movall(0, VcpuMax + 1), 0x010E01 },
    };

    [Theory]
    [MemberData(nameof(Mappings), DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(OthersThanMappings), DisableDiscoveryEnumeration = true)]
    public void Field_at_its_bounds_is_accepted_or_has_its_code(string row, GuestCommand command, uint error)
    {
        var guest = NarrowGuest(CommandErrorPolicy.Continue);
        guest.Run(command);

        var reported = guest.TakeErrors().Select(found => (uint)found).SingleOrDefault();
        Assert.True(error == reported, $"{row}: 0x{error:X6} expected, was 0x{reported:X6}");
    }

    /// <summary>The same under <c>stall</c>: what is an error stays, and what is none does not.</summary>
    [Theory]
    [MemberData(nameof(Mappings), DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(OthersThanMappings), DisableDiscoveryEnumeration = true)]
    public void Error_stalls_a_strict_queue_until_the_slot_is_repaired(string row, GuestCommand command, uint error)
    {
        var guest = NarrowGuest(CommandErrorPolicy.Stall);
        var slot = guest.Creadr();
        guest.Publish(0, command, GuestCommand.Mapc(7, 2));
        var behind = guest.Cwriter();

        Assert.True((error == 0 ? behind : slot | 1) == guest.Creadr(), row);
        if (error != 0)
        {
            Assert.DoesNotContain(guest.Gic.Inspection.Collections(0), mapped => mapped.Collection.Value == 7);
            guest.WriteCommand(Places.Queue() + slot, GuestCommand.Sync(0));
            guest.Gits().Write64(GitsOffset.Cwriter, behind | 1);
        }

        Assert.Equal(behind, guest.Creadr());
        Assert.Contains(guest.Gic.Inspection.Collections(0), mapped => mapped.Collection.Value == 7);
    }

    private static Guest NarrowGuest(CommandErrorPolicy policy)
    {
        var guest = Guest.Started(Narrow with { Profile = Narrow.Profile with { CommandErrorPolicy = policy } });
        guest.Run(
            GuestCommand.Mapd(1, EventBitsMax, Places.Itt(1)),
            GuestCommand.Mapd(2, 1, Places.Itt(2)),
            GuestCommand.Mapc(0, 0),
            GuestCommand.Mapc(CollectionMax - 1, 1),
            GuestCommand.Mapc(CollectionMax, 2),
            GuestCommand.Mapti(1, 0, 8192, 0));
        Assert.Empty(guest.TakeErrors());
        return guest;
    }
}
