using ItsService.Core.Commands;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;

namespace ItsService.Core.Tests.Tables;

/// <summary>
/// Where device table entries lie, flat and two-level (tables sections 2 to 4). MAPD V=0 zeroes an entry in guest RAM,
/// which tells the place.
/// </summary>
public class DeviceTableTests
{
    private const ulong Poison = 0xFEED_FACE_CAFE_BEEF;
    private const ulong Table = Places.Scratch;

    /// <summary>Wide enough that the table is the limit, not the DeviceID width.</summary>
    private static readonly GuestOptions Wide = new()
    {
        Profile = GicProfiles.Kvm with { DeviceIdBits = 32, PageSizes = TablePageSizes.All },
    };

    [Theory]
    [InlineData(0UL, 1, 511u)]
    [InlineData(0UL, 256, 131_071u)]
    [InlineData(1UL, 1, 2047u)]
    [InlineData(1UL, 3, 6143u)]
    [InlineData(2UL, 1, 8191u)]
    [InlineData(2UL, 9, 73_727u)]
    public void Flat_table_ends_at_its_last_page(ulong pageSize, int pages, uint lastDevice)
    {
        var guest = WithDeviceTable(Table | (pageSize << 8) | (uint)(pages - 1));
        guest.Write64(Table + (lastDevice * 8UL), Poison);
        guest.Run(GuestCommand.MapdUnmap(lastDevice), GuestCommand.MapdUnmap(lastDevice + 1));

        Assert.Equal([CommandError.MapdDeviceOutOfRange], guest.TakeErrors());
        Assert.Equal(0UL, guest.Read64(Table + (lastDevice * 8UL)));
    }

    [Theory]
    [InlineData(0UL, 4096UL)]
    [InlineData(1UL, 16384UL)]
    [InlineData(2UL, 65536UL)]
    public void Two_level_table_splits_at_the_page(ulong pageSize, ulong pageBytes)
    {
        var perPage = (uint)(pageBytes / 8);
        var (first, second) = (Table + (16 * pageBytes), Table + (32 * pageBytes));
        var guest = WithDeviceTable(Guest.Indirect | Table | (pageSize << 8));
        guest.Write64(Table, Guest.Valid | first);
        guest.Write64(Table + 8, Guest.Valid | second);
        ulong[] entries = [first, first + pageBytes - 8, second, second + pageBytes - 8];
        foreach (var entry in entries)
        {
            guest.Write64(entry, Poison);
        }

        guest.Run(
            GuestCommand.MapdUnmap(0), GuestCommand.MapdUnmap(perPage - 1),
            GuestCommand.MapdUnmap(perPage), GuestCommand.MapdUnmap((2 * perPage) - 1));

        Assert.Empty(guest.TakeErrors());
        Assert.All(entries, entry => Assert.Equal(0UL, guest.Read64(entry)));
    }

    [Theory]
    [InlineData(0UL, 512 * 512)]
    [InlineData(1UL, 2048 * 2048)]
    [InlineData(2UL, 8192 * 8192)]
    public void Two_level_table_ends_at_the_last_level_1_entry(ulong pageSize, int capacity)
    {
        var pageBytes = 4096UL << (int)(2 * pageSize);
        var guest = WithDeviceTable(Guest.Indirect | Table | (pageSize << 8));
        guest.Write64(Table + pageBytes - 8, Guest.Valid | (Table + (4 * pageBytes)));
        guest.Write64(Table + pageBytes, Guest.Valid | (Table + (4 * pageBytes))); // past the end: must not be read
        guest.Run(
            GuestCommand.Mapd((uint)capacity - 1, 4, Places.Itt(0)), GuestCommand.Mapd(
                (uint)capacity, 4, Places.Itt(0)));

        Assert.Equal([CommandError.MapdDeviceOutOfRange], guest.TakeErrors());
        Assert.Single(guest.Gic.Inspection.Devices(0));
    }

    [Fact]
    public void Invalid_level_1_entry_refuses_its_devices_until_it_is_valid()
    {
        var guest = WithDeviceTable(Guest.Indirect | Table | Guest.Pages64K);
        guest.Write64(Table, Guest.Valid | (Table + 0x1_0000));
        guest.Run(GuestCommand.Mapd(8191, 4, Places.Itt(0)), GuestCommand.Mapd(8192, 4, Places.Itt(1)));
        Assert.Equal([CommandError.MapdDeviceOutOfRange], guest.TakeErrors());
        Assert.Equal(MsiOutcome.DroppedLevel1Invalid, guest.Signal(8192, 0));

        guest.Write64(Table + 8, Guest.Valid | (Table + 0x2_0000));
        guest.Run(GuestCommand.Mapd(8192, 4, Places.Itt(1)));

        Assert.Empty(guest.TakeErrors());
        Assert.Equal(2, guest.Gic.Inspection.Its(0).DeviceCount);
    }

    [Fact]
    public void Level_1_table_outside_ram_is_an_error()
    {
        var guest = WithDeviceTable(Guest.Indirect | Places.OutsideRam | Guest.Pages64K);
        guest.Run(GuestCommand.Mapd(0, 4, Places.Itt(0)), GuestCommand.MapdUnmap(0));

        Assert.Equal([CommandError.MapdDeviceOutOfRange, CommandError.MapdDeviceOutOfRange], guest.TakeErrors());
        Assert.Equal(MsiOutcome.DroppedLevel1Invalid, guest.Signal(0, 0));
    }

    [Fact]
    public void Level_2_page_outside_ram_is_an_error()
    {
        var guest = WithDeviceTable(Guest.Indirect | Table | Guest.Pages64K);
        guest.Write64(Table, Guest.Valid | Places.OutsideRam);
        guest.Run(GuestCommand.Mapd(0, 4, Places.Itt(0)));

        Assert.Equal([CommandError.MapdDeviceOutOfRange], guest.TakeErrors());
        Assert.Equal(MsiOutcome.DroppedDeviceOutOfRange, guest.Signal(0, 0));
    }

    [Fact]
    public void Flat_table_outside_ram_is_an_error()
    {
        var guest = WithDeviceTable(Places.OutsideRam | Guest.Pages64K);
        guest.Run(GuestCommand.Mapd(0, 4, Places.Itt(0)));

        Assert.Equal([CommandError.MapdDeviceOutOfRange], guest.TakeErrors());
    }

    [Fact]
    public void Stray_bits_of_a_level_1_entry_are_ignored()
    {
        var guest = WithDeviceTable(Guest.Indirect | Table | Guest.Pages64K);
        guest.Write64(Table, 0xFFF0_0000_0000_FFFF | (Table + 0x1_0000));
        guest.Write64(Table + 0x1_0000 + 8, Poison);
        guest.Run(GuestCommand.MapdUnmap(1));

        Assert.Empty(guest.TakeErrors());
        Assert.Equal(0UL, guest.Read64(Table + 0x1_0000 + 8));
    }

    [Fact]
    public void Level_1_entry_holds_52_address_bits_in_place()
    {
        const ulong low = 0x4600_0000;
        const ulong high = 0x0001_0000_4600_0000;
        var guest = WithDeviceTable(Guest.Indirect | Table | Guest.Pages64K);
        guest.Write64(Table, Guest.Valid | high);
        guest.Write64(low + 8, Poison);
        guest.Write64(high + 8, Poison);
        guest.Run(GuestCommand.MapdUnmap(1));

        Assert.Equal(0UL, guest.Read64(high + 8));
        Assert.Equal(Poison, guest.Read64(low + 8));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sixty_four_K_table_folds_address_bits_51_to_48(bool isIndirect)
    {
        // PA 0x0001_0000_4600_0000 is written as 0x0000_0000_4600_1000.
        const ulong high = 0x0001_0000_4600_0000;
        var guest = WithDeviceTable((isIndirect ? Guest.Indirect : 0) | 0x4600_1000 | Guest.Pages64K);
        if (isIndirect)
        {
            guest.Write64(high, Guest.Valid | (high + 0x1_0000));
        }

        var entry = high + (isIndirect ? 0x1_0000UL : 0) + 24;
        guest.Write64(entry, Poison);
        guest.Run(GuestCommand.MapdUnmap(3));

        Assert.Empty(guest.TakeErrors());
        Assert.Equal(0UL, guest.Read64(entry));
    }

    [Theory]
    [InlineData(0UL, 0x4600_1000UL, 0x4600_1000UL)] // 4 KiB pages: bits [15:12] are address bits
    [InlineData(1UL, 0x4600_7000UL, 0x4600_4000UL)] // 16 KiB pages: bits [13:12] are ignored
    public void Smaller_pages_do_not_fold(ulong pageSize, ulong written, ulong address)
    {
        var guest = WithDeviceTable(written | (pageSize << 8));
        guest.Write64(address + 24, Poison);
        guest.Run(GuestCommand.MapdUnmap(3));

        Assert.Equal(0UL, guest.Read64(address + 24));
    }

    [Fact]
    public void Reserved_page_size_acts_as_64K()
    {
        var guest = WithDeviceTable(0x4600_1000 | (3UL << 8), new GuestOptions { Profile = GicProfiles.Qemu });
        guest.Run(GuestCommand.Mapd(8191, 4, Places.Itt(0)), GuestCommand.Mapd(8192, 4, Places.Itt(0)));

        Assert.Equal([CommandError.MapdDeviceOutOfRange], guest.TakeErrors());
    }

    [Fact]
    public void Device_table_wider_than_the_device_ids_stays_within_them()
    {
        var guest = WithDeviceTable(Table | Guest.Pages64K | 8, new GuestOptions());
        guest.Run(GuestCommand.Mapd(0xFFFF, 4, Places.Itt(0)), GuestCommand.Mapd(0x1_0000, 4, Places.Itt(0)));

        Assert.Equal([CommandError.MapdDeviceOutOfRange], guest.TakeErrors());
        Assert.Equal(MsiOutcome.DroppedDeviceOutOfRange, guest.Signal(0x1_0000, 0));
    }

    [Fact]
    public void Two_level_table_wider_than_the_device_ids_is_not_read_beyond_them()
    {
        var guest = WithDeviceTable(Guest.Indirect | Table | Guest.Pages64K, new GuestOptions());
        guest.Memory.MakeAbsent(new(new(Table), 0x1_0000));
        guest.Run(GuestCommand.Mapd(0x1_0000, 4, Places.Itt(0)));

        Assert.Equal([CommandError.MapdDeviceOutOfRange], guest.TakeErrors());
    }

    private static Guest WithDeviceTable(ulong baser0, GuestOptions? options = null)
    {
        var guest = Guest.Started(options ?? Wide);
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Baser0, Guest.Valid | baser0);
        guest.Enable();
        return guest;
    }
}
