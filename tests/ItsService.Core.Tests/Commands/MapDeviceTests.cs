using ItsService.Core.Commands;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;

namespace ItsService.Core.Tests.Commands;

/// <summary>MAPD (commands 6.1, conformance 76 to 91).</summary>
public class MapDeviceTests
{
    [Theory]
    [InlineData(0u)]
    [InlineData(8191u)]
    public void Mapped_device_delivers(uint device)
    {
        var guest = Guest.Started();
        guest.Map(device, 0, 8192);

        Assert.Equal(MsiOutcome.Pended, guest.Signal(device, 0));
        Assert.Equal([8192u], guest.Cpu(0).TakeAll());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    public void Unmap_does_not_look_at_the_size(int size)
    {
        var guest = Guest.Started();
        guest.Map(2, 0, 8192);
        guest.Run(GuestCommand.MapdUnmap(2) with { Dw1 = (uint)size });

        Assert.Empty(guest.TakeErrors());
        Assert.Empty(guest.Gic.Inspection.Devices(0));
    }

    [Fact]
    public void Size_is_checked_before_a_table_in_memory_is_looked_at()
    {
        var guest = Guest.Started(new GuestOptions { Profile = GicProfiles.Qemu });
        guest.Disable();
        guest.Gits().Write64(
            GitsOffset.Baser0, Guest.Valid | Guest.Indirect | Places.OutsideRam | Guest.Pages64K);
        guest.Enable();

        guest.Run(GuestCommand.Mapd(0, 17, Places.Itt(0)));

        Assert.Equal([CommandError.MapdIttSizeOutOfRange], guest.TakeErrors());
    }

    [Fact]
    public void Unmap_of_an_unknown_device_is_no_error()
    {
        var guest = Guest.Started();
        guest.Run(GuestCommand.MapdUnmap(5));

        Assert.Empty(guest.TakeErrors());
    }

    [Fact]
    public void Unmapped_device_drops_messages()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Run(GuestCommand.MapdUnmap(0));

        Assert.Equal(MsiOutcome.DroppedDeviceUnmapped, guest.Signal(0, 0));
    }

    [Fact]
    public void Unmap_zeroes_the_entry_in_memory()
    {
        var guest = Guest.Started();
        guest.Map(3, 0, 8192);
        guest.Write64(Places.DeviceTable() + 16, ulong.MaxValue);
        guest.Write64(Places.DeviceTable() + 24, ulong.MaxValue);
        guest.Write64(Places.DeviceTable() + 32, ulong.MaxValue);
        guest.Run(GuestCommand.MapdUnmap(3));

        Assert.Equal(ulong.MaxValue, guest.Read64(Places.DeviceTable() + 16));
        Assert.Equal(0UL, guest.Read64(Places.DeviceTable() + 24));
        Assert.Equal(ulong.MaxValue, guest.Read64(Places.DeviceTable() + 32));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Device_mapped_anew_has_no_events(bool unmapsFirst)
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        if (unmapsFirst)
        {
            guest.Run(GuestCommand.MapdUnmap(0));
        }

        guest.Run(GuestCommand.Mapd(0, 16, Places.Itt(0)));

        Assert.Equal(MsiOutcome.DroppedEventUnmapped, guest.Signal(0, 0));
    }

    [Fact]
    public void Unmap_leaves_pending_lpis_to_be_taken_once()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Cpu(0).MaskAll();
        guest.Signal(0, 0);
        guest.Run(GuestCommand.MapdUnmap(0));
        guest.Cpu(0).Unmask();

        Assert.Equal(MsiOutcome.DroppedDeviceUnmapped, guest.Signal(0, 0));
        Assert.Equal([8192u], guest.Cpu(0).TakeAll());
    }

    [Theory]
    [InlineData(1, 1u)]
    [InlineData(5, 31u)]
    [InlineData(16, 0xFFFFu)]
    public void Events_end_with_the_size(int eventIdBits, uint lastEvent)
    {
        var guest = Guest.Started();
        guest.Run(
            GuestCommand.Mapd(0, eventIdBits, Places.Itt(0)),
            GuestCommand.Mapc(0, 0),
            GuestCommand.Mapti(0, lastEvent, 8192, 0),
            GuestCommand.Mapti(0, lastEvent + 1, 8193, 0));

        Assert.Equal([CommandError.MaptiIdOutOfRange], guest.TakeErrors());
        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, lastEvent));
        Assert.Equal(MsiOutcome.DroppedEventOutOfRange, guest.Signal(0, lastEvent + 1));
    }

    [Fact]
    public void Itt_outside_ram_is_found_out_by_mapti()
    {
        var guest = Guest.Started();
        guest.Run(
            GuestCommand.Mapd(0, 8, Places.OutsideRam), GuestCommand.Mapc(0, 0), GuestCommand.Mapti(0, 0, 8192, 0));

        Assert.Equal([CommandError.MaptiIdOutOfRange], guest.TakeErrors());
        Assert.Single(guest.Gic.Inspection.Devices(0));
        Assert.Equal(MsiOutcome.DroppedEventUnmapped, guest.Signal(0, 0));
    }

    [Fact]
    public void Itt_that_leaves_ram_refuses_the_events_beyond()
    {
        var guest = Guest.Started();
        guest.Run(
            GuestCommand.Mapd(0, 8, Places.Ram + Places.RamBytes - 256),
            GuestCommand.Mapc(0, 0),
            GuestCommand.Mapti(0, 31, 8192, 0),
            GuestCommand.Mapti(0, 32, 8193, 0));

        Assert.Equal([CommandError.MaptiIdOutOfRange], guest.TakeErrors());
    }

    [Fact]
    public void Neighbouring_itts_do_not_touch()
    {
        var guest = Guest.Started();
        guest.Run(
            GuestCommand.Mapd(2, 8, Places.Itt(2)),
            GuestCommand.Mapd(7, 8, Places.Itt(2) + (256 * 8)),
            GuestCommand.Mapc(3, 3),
            GuestCommand.Mapti(2, 255, 8195, 3),
            GuestCommand.Mapti(7, 0, 8196, 3));
        guest.Signal(2, 255);
        guest.Signal(7, 0);

        Assert.Equal([8195u, 8196u], guest.Cpu(3).TakeAll());
    }

    [Fact]
    public void Inspection_shows_what_mapd_gave()
    {
        var guest = Guest.Started();
        guest.Run(GuestCommand.Mapd(9, 5, 0x0008_0000_4321_0100), GuestCommand.Mapd(4, 16, Places.Itt(4)));

        Assert.Equal(
            [
                new DeviceSummary(new(4), new(Places.Itt(4)), 16, 0),
                new DeviceSummary(new(9), new(0x0008_0000_4321_0100), 5, 0),
            ],
            guest.Gic.Inspection.Devices(0));
    }
}
