using ItsService.Core.Commands;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;

namespace ItsService.Core.Tests.Tables;

/// <summary>
/// Shapes that neither KVM nor QEMU has: PTA=1, hardware collections, other widths (gits-registers section 5).
/// </summary>
public class CustomProfileTests
{
    [Fact]
    public void Typer_tells_the_profiles_widths()
    {
        var guest = new Guest(new GuestOptions
        {
            Profile = GicProfiles.Kvm with
            {
                DeviceIdBits = 32,
                EventIdBits = 20,
                PhysicalTargetAddresses = true,
                HardwareCollections = 4,
                CollectionIdBits = 10,
                ReportsCollectionIdBits = true,
                ReportedIttEntryBytes = 16,
            },
        });
        var typer = guest.Gits().Read64(GitsOffset.Typer);

        Assert.Equal(31UL, (typer >> 13) & 0x1F); // Devbits
        Assert.Equal(19UL, (typer >> 8) & 0x1F); // ID_bits
        Assert.Equal(1UL, (typer >> 19) & 1); // PTA
        Assert.Equal(4UL, (typer >> 24) & 0xFF); // HCC
        Assert.Equal(9UL, (typer >> 32) & 0xF); // CIDbits
        Assert.Equal(1UL, (typer >> 36) & 1); // CIL
        Assert.Equal(15UL, (typer >> 4) & 0xF); // ITT_entry_size
    }

    [Fact]
    public void With_pta_the_target_is_an_rd_base_frame()
    {
        var guest = Guest.Started(
            new GuestOptions { Profile = GicProfiles.Kvm with { PhysicalTargetAddresses = true } });
        guest.Run(
            GuestCommand.Mapd(0, 16, Places.Itt(0)),
            MapcTo(0, Places.Redistributors + (2 * 0x2_0000)),
            GuestCommand.Mapti(0, 0, 8192, 0));

        Assert.Empty(guest.TakeErrors());
        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0));
        Assert.Equal([8192u], guest.PendingAt(2));
    }

    [Theory]
    [InlineData(Places.Redistributors + 0x1_0000)] // an SGI_base frame
    [InlineData(Places.Redistributors - 0x1_0000)]
    [InlineData(Places.Redistributors + (4 * 0x2_0000))]
    [InlineData(Places.Distributor)]
    [InlineData(0x0000_0000_0002_0000UL)] // a processor number
    [InlineData(0x0001_0000_0000_0000UL | Places.Redistributors)]
    public void With_pta_any_other_address_is_out_of_range(ulong address)
    {
        var guest = Guest.Started(
            new GuestOptions { Profile = GicProfiles.Kvm with { PhysicalTargetAddresses = true } });
        guest.Run(MapcTo(0, address), new GuestCommand(0x0E, 0, Places.Redistributors, address));

        Assert.Equal(
            [CommandError.MapcProcessorOutOfRange, CommandError.MovallProcessorOutOfRange], guest.TakeErrors());
    }

    [Fact]
    public void With_pta_a_frame_without_a_vcpu_is_out_of_range()
    {
        var guest = Guest.Started(new GuestOptions
        {
            RedistributorFrames = 6,
            Profile = GicProfiles.Kvm with { PhysicalTargetAddresses = true },
        });
        guest.Run(
            MapcTo(0, Places.Redistributors + (3 * 0x2_0000)),
            MapcTo(1, Places.Redistributors + (4 * 0x2_0000)),
            new GuestCommand(0x0E, 0, Places.Redistributors, Places.Redistributors + (5 * 0x2_0000)));

        Assert.Equal(
            [CommandError.MapcProcessorOutOfRange, CommandError.MovallProcessorOutOfRange], guest.TakeErrors());
    }

    [Fact]
    public void With_pta_movall_moves_between_rd_base_frames()
    {
        var guest = Guest.Started(
            new GuestOptions { Profile = GicProfiles.Kvm with { PhysicalTargetAddresses = true } });
        guest.Run(
            GuestCommand.Mapd(0, 16, Places.Itt(0)),
            MapcTo(0, Places.Redistributors),
            GuestCommand.Mapti(0, 0, 8192, 0),
            GuestCommand.Int(0, 0),
            new GuestCommand(0x0E, 0, Places.Redistributors, Places.Redistributors + 0x2_0000));

        Assert.Equal([8192u], guest.PendingAt(1));
    }

    [Fact]
    public void Hardware_collections_need_no_table()
    {
        var guest = new Guest(new GuestOptions { Profile = GicProfiles.Kvm with { HardwareCollections = 4 } });
        guest.StartRedistributors();
        guest.PlaceTables();
        guest.Gits().Write64(GitsOffset.Baser1, 0);
        guest.Enable();
        guest.Run(GuestCommand.Mapc(3, 1), GuestCommand.Mapc(4, 1));

        Assert.Equal([CommandError.MapcCollectionOutOfRange], guest.TakeErrors());
        Assert.Equal(3u, Assert.Single(guest.Gic.Inspection.Collections(0)).Collection.Value);
    }

    [Fact]
    public void Hardware_collections_come_on_top_of_the_table()
    {
        var guest = Guest.Started(new GuestOptions { Profile = GicProfiles.Kvm with { HardwareCollections = 4 } });
        guest.Run(
            GuestCommand.Mapc(8195, 1),
            GuestCommand.Mapc(8196, 1),
            GuestCommand.Mapd(0, 16, Places.Itt(0)),
            GuestCommand.Mapti(0, 0, 8192, 8195),
            GuestCommand.Mapti(0, 1, 8193, 8196));

        Assert.Equal(
            [CommandError.MapcCollectionOutOfRange, CommandError.MaptiCollectionOutOfRange], guest.TakeErrors());
    }

    [Fact]
    public void Devices_of_32_bits_are_mapped_and_signalled()
    {
        var guest = Guest.Started(new GuestOptions { Profile = GicProfiles.Kvm with { DeviceIdBits = 32 } });
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Baser0, Guest.Valid | Guest.Indirect | Places.Scratch | Guest.Pages64K | 63);
        var level1 = Places.Scratch + (0xFFFF_FFFF / 8192UL * 8);
        guest.Write64(level1, Guest.Valid | 0x4600_0000);
        guest.Enable();
        guest.Map(0xFFFF_FFFF, 3, 8192, cpu: 1);

        Assert.Equal(MsiOutcome.Pended, guest.Signal(0xFFFF_FFFF, 3));
        Assert.Equal(MsiOutcome.DroppedDeviceUnmapped, guest.Signal(0xFFFF_FFFE, 3));
        Assert.Equal(MsiOutcome.DroppedLevel1Invalid, guest.Signal(0x7FFF_FFFF, 3));
        Assert.Equal([8192u], guest.PendingAt(1));
    }

    [Fact]
    public void Events_of_32_bits_are_mapped_and_signalled()
    {
        const ulong itt = 0x000F_FFF8_0000_0000; // 2^32 events of 8 bytes end at the last 52-bit address
        var guest = Guest.Started(new GuestOptions { Profile = GicProfiles.Kvm with { EventIdBits = 32 } });
        guest.Ram.ReplaceRegions(
        [
            .. guest.Ram.Regions,
            new(new(new(itt), 0x8_0000_0000)),
        ]);
        guest.Run(
            GuestCommand.Mapd(0, 32, itt), GuestCommand.Mapc(0, 0), GuestCommand.Mapti(0, 0xFFFF_FFFF, 8192, 0));

        Assert.Empty(guest.TakeErrors());
        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0xFFFF_FFFF));
        Assert.Equal(MsiOutcome.DroppedEventUnmapped, guest.Signal(0, 0xFFFF_FFFE));
    }

    [Fact]
    public void Collections_of_fewer_bits_end_there()
    {
        var guest = Guest.Started(new GuestOptions { Profile = GicProfiles.Kvm with { CollectionIdBits = 4 } });
        guest.Map(0, 0, 8192);
        guest.Run(
            GuestCommand.Mapc(15, 0),
            GuestCommand.Mapc(16, 0),
            GuestCommand.Mapti(0, 1, 8193, 16),
            GuestCommand.Movi(0, 0, 16),
            GuestCommand.Invall(16));

        Assert.Equal(
            [
                CommandError.MapcCollectionOutOfRange, CommandError.MaptiCollectionOutOfRange,
                CommandError.MoviCollectionOutOfRange, CommandError.InvallCollectionOutOfRange,
            ],
            guest.TakeErrors());
    }

    [Fact]
    public void Lpis_of_24_bits_are_taken()
    {
        var guest = new Guest(new GuestOptions { Profile = GicProfiles.Kvm with { IntIdBits = 24 } });
        guest.StartRedistributors();
        for (var vcpu = 0; vcpu < 4; vcpu++)
        {
            guest.Gicr(vcpu).Write32(GicrOffset.Ctlr, 0);
        }

        guest.Gicr(0).Write64(GicrOffset.Propbaser, Places.HighRam | 31);
        guest.Gicr(0).Write64(GicrOffset.Pendbaser, Places.HighRam + 0x200_0000);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);
        guest.WriteByte(Places.HighRam + 0xFF_FFFF - 8192, 0x03);
        guest.PlaceTables();
        guest.Enable();
        guest.Map(0, 0, 0xFF_FFFF);
        guest.Run(GuestCommand.Mapti(0, 1, 0x100_0000, 0), GuestCommand.Int(0, 0));

        Assert.Equal([CommandError.MaptiPhysicalIdOutOfRange], guest.TakeErrors());
        Assert.Equal([0xFF_FFFFu], guest.Cpu(0).TakeAll());
    }

    private static GuestCommand MapcTo(uint collection, ulong rdBase) =>
        new(0x09, 0, Guest.Valid | rdBase | collection, 0);
}
