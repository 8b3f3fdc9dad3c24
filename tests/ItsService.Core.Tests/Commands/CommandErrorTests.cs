using ItsService.Core.Commands;
using ItsService.Core.Events;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Commands;

/// <summary>
/// Every error of every command, from the tables of commands sections 5 and 6. Each row runs on a guest with device 1
/// (8 EventID bits; event 0 is LPI 8192 in collection 0, event 1 is LPI 8193 in collection 7, which is not mapped) and
/// device 2 (no events); collection 0 is on vCPU 0.
/// </summary>
public class CommandErrorTests
{
    private const uint TableEnd = 8192;
    private const uint WidthEnd = 0x1_0000;
    private const uint NoDevice = 3;
    private const uint Unmapped = 7;

    private static readonly ulong Itt = Places.Itt(1);

    public static TheoryData<string, GuestCommand, uint> MapdErrors => new()
    {
        { "device beyond the table", GuestCommand.Mapd(TableEnd, 8, Itt), 0x010801 },
        { "device beyond the width", GuestCommand.Mapd(WidthEnd, 8, Itt), 0x010801 },
        { "device beyond the table, V=0", GuestCommand.MapdUnmap(TableEnd), 0x010801 },
        { "17 event bits", GuestCommand.Mapd(1, 17, Itt), 0x010802 },
        { "32 event bits", GuestCommand.Mapd(NoDevice, 32, Itt), 0x010802 },
        { "device beyond the width and bad size", GuestCommand.Mapd(WidthEnd, 17, Itt), 0x010801 },
        { "device beyond the table and bad size", GuestCommand.Mapd(TableEnd, 17, Itt), 0x010801 },
    };

    public static TheoryData<string, GuestCommand, uint> MapcErrors => new()
    {
        { "processor 4 of 4", GuestCommand.Mapc(1, 4), 0x010902 },
        { "processor 0xFFFF", GuestCommand.Mapc(0, 0xFFFF), 0x010902 },
        { "RDbase beyond 16 bits", GuestCommand.Mapc(1, 0) with { Dw2 = (1UL << 63) | (1UL << 32) | 1 }, 0x010902 },
        { "collection beyond the table", GuestCommand.Mapc(TableEnd, 0), 0x010903 },
    };

    public static TheoryData<string, GuestCommand, uint> MaptiErrors => new()
    {
        { "device beyond the table", GuestCommand.Mapti(TableEnd, 0, 8200, 0), 0x010A01 },
        { "device beyond the width", GuestCommand.Mapti(WidthEnd, 0, 8200, 0), 0x010A01 },
        { "collection beyond the table", GuestCommand.Mapti(1, 2, 8200, TableEnd), 0x010A03 },
        { "device unmapped", GuestCommand.Mapti(NoDevice, 0, 8200, 0), 0x010A04 },
        { "first event beyond", GuestCommand.Mapti(1, 256, 8200, 0), 0x010A05 },
        { "event of 32 bits", GuestCommand.Mapti(1, 0xFFFF_FFFF, 8200, 0), 0x010A05 },
        { "LPI 0", GuestCommand.Mapti(1, 2, 0, 0), 0x010A06 },
        { "LPI 31", GuestCommand.Mapti(1, 2, 31, 0), 0x010A06 },
        { "LPI 1023", GuestCommand.Mapti(1, 2, 1023, 0), 0x010A06 },
        { "LPI 8191", GuestCommand.Mapti(1, 2, 8191, 0), 0x010A06 },
        { "LPI 65536", GuestCommand.Mapti(1, 2, 65536, 0), 0x010A06 },
        { "LPI of 32 bits", GuestCommand.Mapti(1, 2, 0xFFFF_FFFF, 0), 0x010A06 },
        { "mapped event, bad LPI", GuestCommand.Mapti(1, 0, 100, 0), 0x010A06 },
        { "device is checked before event", GuestCommand.Mapti(NoDevice, 0xFFFF, 1, TableEnd), 0x010A04 },
        { "event is checked before LPI", GuestCommand.Mapti(1, 256, 1, TableEnd), 0x010A05 },
        { "LPI is checked before collection", GuestCommand.Mapti(1, 2, 1, TableEnd), 0x010A06 },
    };

    public static TheoryData<string, GuestCommand, uint> MapiErrors => new()
    {
        { "device beyond the table", GuestCommand.Mapi(TableEnd, 8200, 0), 0x010B01 },
        { "device unmapped", GuestCommand.Mapi(NoDevice, 8200, 0), 0x010B04 },
        { "event beyond", GuestCommand.Mapi(1, 8200, 0), 0x010B05 },
        { "event that is no LPI", GuestCommand.Mapi(1, 100, 0), 0x010B06 },
    };

    public static TheoryData<string, GuestCommand, uint> MoviErrors => new()
    {
        { "device beyond the table", GuestCommand.Movi(TableEnd, 0, 0), 0x010101 },
        { "device unmapped", GuestCommand.Movi(NoDevice, 0, 0), 0x010104 },
        { "event beyond", GuestCommand.Movi(1, 256, 0), 0x010105 },
        { "event unmapped", GuestCommand.Movi(1, 2, 0), 0x010107 },
        { "new collection unmapped", GuestCommand.Movi(1, 0, Unmapped), 0x010109 },
        { "new collection beyond the table", GuestCommand.Movi(1, 0, TableEnd), 0x010103 },
        { "new collection of 16 bits", GuestCommand.Movi(1, 0, 0xFFFF), 0x010103 },
        { "last collection of the table", GuestCommand.Movi(1, 0, TableEnd - 1), 0x010109 },
        { "out of range is checked before unmapped", GuestCommand.Movi(1, 1, TableEnd), 0x010103 },
        { "current collection unmapped", GuestCommand.Movi(1, 1, 0), 0x010109 },
        { "both collections unmapped", GuestCommand.Movi(1, 1, 8), 0x010109 },
    };

    public static TheoryData<string, GuestCommand, uint> IntErrors => new()
    {
        { "device beyond the table", GuestCommand.Int(TableEnd, 0), 0x010301 },
        { "device unmapped", GuestCommand.Int(NoDevice, 0), 0x010304 },
        { "event beyond", GuestCommand.Int(1, 256), 0x010305 },
        { "event unmapped", GuestCommand.Int(1, 2), 0x010307 },
        { "device without events", GuestCommand.Int(2, 0), 0x010307 },
        { "collection unmapped", GuestCommand.Int(1, 1), 0x010309 },
    };

    /// <summary>The codes of CLEAR carry 05, although its opcode is 04.</summary>
    public static TheoryData<string, GuestCommand, uint> ClearErrors => new()
    {
        { "device beyond the table", GuestCommand.Clear(TableEnd, 0), 0x010501 },
        { "device unmapped", GuestCommand.Clear(NoDevice, 0), 0x010504 },
        { "event beyond", GuestCommand.Clear(1, 256), 0x010505 },
        { "event unmapped", GuestCommand.Clear(1, 2), 0x010507 },
        { "collection unmapped", GuestCommand.Clear(1, 1), 0x010509 },
    };

    public static TheoryData<string, GuestCommand, uint> DiscardErrors => new()
    {
        { "device beyond the table", GuestCommand.Discard(TableEnd, 0), 0x010F01 },
        { "device unmapped", GuestCommand.Discard(NoDevice, 0), 0x010F04 },
        { "event beyond", GuestCommand.Discard(1, 256), 0x010F05 },
        { "event unmapped", GuestCommand.Discard(1, 2), 0x010F07 },
        { "collection unmapped", GuestCommand.Discard(1, 1), 0x010F09 },
    };

    public static TheoryData<string, GuestCommand, uint> InvErrors => new()
    {
        { "device beyond the table", GuestCommand.Inv(TableEnd, 0), 0x010C01 },
        { "device unmapped", GuestCommand.Inv(NoDevice, 0), 0x010C04 },
        { "event beyond", GuestCommand.Inv(1, 256), 0x010C05 },
        { "event unmapped", GuestCommand.Inv(1, 2), 0x010C07 },
    };

    public static TheoryData<string, GuestCommand, uint> InvallErrors => new()
    {
        { "collection unmapped", GuestCommand.Invall(Unmapped), 0x010D09 },
        { "collection beyond the table", GuestCommand.Invall(TableEnd), 0x010D03 },
        { "collection of 16 bits", GuestCommand.Invall(0xFFFF), 0x010D03 },
        { "last collection of the table", GuestCommand.Invall(TableEnd - 1), 0x010D09 },
    };

    public static TheoryData<string, GuestCommand, uint> MovallErrors => new()
    {
        { "from processor 4", GuestCommand.Movall(4, 0), 0x010E01 },
        { "to processor 9", GuestCommand.Movall(0, 9), 0x010E01 },
        { "both out of range", GuestCommand.Movall(9, 9), 0x010E01 },
    };

    [Theory]
    [MemberData(nameof(MapdErrors), DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(MapcErrors), DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(MaptiErrors), DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(MapiErrors), DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(MoviErrors), DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(IntErrors), DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(ClearErrors), DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(DiscardErrors), DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(InvErrors), DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(InvallErrors), DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(MovallErrors), DisableDiscoveryEnumeration = true)]
    public void Command_in_error_is_reported_and_changes_nothing(string row, GuestCommand command, uint error)
    {
        foreach (var profile in new[] { "kvm", "qemu" })
        {
            var guest = MappedGuest(profile);
            var before = Snapshot.WithoutQueue(guest);
            var slot = guest.Creadr();
            guest.Run(command);

            var reported = Assert.Single(guest.TakeEvents());
            Assert.Equal(GicEventKind.CommandFailed, reported.Kind);
            Assert.True(
                error == (uint)reported.Error, $"{row}: 0x{error:X6} expected, was 0x{(uint)reported.Error:X6}");
            Assert.Equal((uint)slot, reported.QueueOffset);
            Assert.Equal((CommandOpcode)(byte)command.Dw0, reported.Opcode);
            Assert.Equal(before, Snapshot.WithoutQueue(guest));
        }
    }

    [Fact]
    public void Int_with_lpis_disabled_at_the_target_is_ignored_and_no_error()
    {
        var guest = MappedGuest("kvm");
        guest.Cpu(0).TakeAll();
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        guest.Run(GuestCommand.Int(1, 0));

        Assert.Empty(guest.TakeErrors());
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);
        Assert.Empty(guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void Sync_checks_no_target()
    {
        var guest = MappedGuest("kvm");
        guest.Run(GuestCommand.Sync(99));

        Assert.Empty(guest.TakeErrors());
    }

    [Fact]
    public void Mapti_beyond_the_event_limit_is_refused_until_an_event_goes()
    {
        var guest = Guest.Started(new GuestOptions { MappedEventsMax = 2, ItsCount = 2 });
        guest.Map(0, 0, 8192, its: 0);
        guest.Map(0, 0, 8193, its: 1);
        guest.Run(GuestCommand.Mapti(0, 1, 8194, 0));
        Assert.Equal([CommandError.MappingLimit], guest.TakeErrors());

        guest.Run(GuestCommand.Mapti(0, 0, 8195, 0)); // in place of a mapped one
        guest.RunOn(1, GuestCommand.MapdUnmap(0));
        guest.Run(GuestCommand.Mapti(0, 1, 8194, 0), GuestCommand.Mapti(0, 2, 8196, 0));

        Assert.Equal([CommandError.MappingLimit], guest.TakeErrors());
        Assert.Equal(2, guest.Gic.Inspection.Events(0, new(0)).Count());
    }

    [Theory]
    [InlineData("DISCARD")]
    [InlineData("MAPD V=0")]
    [InlineData("MAPD V=1")]
    [InlineData("BASER0")]
    [InlineData("reset")]
    public void Event_limit_counts_what_is_mapped(string way)
    {
        var guest = Guest.Started(new GuestOptions { MappedEventsMax = 2 });
        guest.Map(0, 0, 8192);
        guest.Run(GuestCommand.Mapti(0, 1, 8193, 0));
        switch (way)
        {
            case "DISCARD":
                guest.Run(GuestCommand.Discard(0, 0), GuestCommand.Discard(0, 1));
                break;
            case "MAPD V=0":
                guest.Run(GuestCommand.MapdUnmap(0));
                break;
            case "MAPD V=1":
                guest.Run(GuestCommand.Mapd(0, 8, Places.Itt(0)));
                break;
            case "BASER0":
                guest.Disable();
                guest.Gits().Write64(GitsOffset.Baser0, 0);
                guest.PlaceTables();
                guest.Enable();
                break;
            default:
                guest.Gic.Reset();
                guest.StartRedistributors();
                guest.PlaceTables();
                guest.Enable();
                break;
        }

        guest.Map(0, 0, 8192);
        guest.Run(GuestCommand.Mapti(0, 1, 8193, 0), GuestCommand.Mapti(0, 2, 8194, 0));

        Assert.Equal([CommandError.MappingLimit], guest.TakeErrors());
    }

    private static Guest MappedGuest(string profile)
    {
        var guest = Guest.Started(new GuestOptions { Profile = Named.Profile(profile) });
        guest.Run(
            GuestCommand.Mapd(1, 8, Itt),
            GuestCommand.Mapd(2, 8, Places.Itt(2)),
            GuestCommand.Mapc(0, 0),
            GuestCommand.Mapti(1, 0, 8192, 0),
            GuestCommand.Mapti(1, 1, 8193, Unmapped),
            GuestCommand.Int(1, 0));
        Assert.Empty(guest.TakeErrors());
        return guest;
    }
}
