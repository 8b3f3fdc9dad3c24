namespace ItsService.ReferenceModel.Tests;

public class CommandTests
{
    private const ulong Valid = 1UL << 63;

    /// <summary>The doublewords are written out, so that the decoder is not tested with its own mirror image.</summary>
    [Fact]
    public void The_commands_of_a_first_interrupt()
    {
        var bench = new Bench(ReferenceProfile.Kvm);

        bench.Run(
            0x0000_0002_0000_0008, 7, 0x8000_0000_4008_0000, 0,
            0x0000_0000_0000_0009, 0, 0x8000_0000_0003_0003, 0,
            0x0000_0002_0000_000A, 0x0000_2003_0000_0014, 3, 0,
            0x0000_0000_0000_0005, 0, 0x0000_0000_0003_0000, 0,
            0x0000_0002_0000_0003, 0x14, 0, 0);

        Assert.Empty(bench.Errors());
        Assert.Equal(0xA0UL, bench.Its(0x90));
        var device = Assert.Single(bench.Gic.MappedDevices(0));
        Assert.Equal((2u, 0x4008_0000UL, 8), (device.DeviceId, device.IttAddress, device.EventIdBits));
        Assert.Equal(new ReferenceEvent(8195, 3), device.Events[20]);
        Assert.Equal(3, bench.Gic.MappedCollections(0)[3]);
        Assert.Equal((true, (byte)0xA0), bench.Gic.CachedConfiguration(8195));
        Assert.Equal([8195u], bench.Gic.PendingLpis(3));
        Assert.True(bench.Gic.IsLineAsserted(3));
        Assert.Equal(8195UL, bench.Acknowledge(3));
        Assert.Equal(1023UL, bench.Acknowledge(3));

        // MOVALL from 1 to 2, and INVALL.
        bench.Run(0x0E, 0, 0x1_0000, 0x2_0000, 0x0D, 0, 3, 0);
        Assert.Empty(bench.Errors());
    }

    public static TheoryData<uint, ulong[]> CommandsInError => new()
    {
        { 0x01_0801, [0x2000_0000_0008, 7, Valid, 0] },
        { 0x01_0801, [0x0001_0000_0000_0008, 7, 0, 0] },
        { 0x01_0802, [0x08, 16, Valid, 0] },
        { 0x01_0801, [0x2000_0000_0008, 16, Valid, 0] },
        { 0x01_0902, [0x09, 0, Valid | 0x4_0000, 0] },
        { 0x01_0902, [0x09, 0, Valid | (1UL << 51), 0] },
        { 0x01_0903, [0x09, 0, Valid | 0x2000, 0] },
        { 0x01_0A01, [0x2000_0000_000A, 0x2000_0000_0000, 0, 0] },
        { 0x01_0A04, [0x0000_0009_0000_000A, 0x2000_0000_0000, 0, 0] },
        { 0x01_0A05, [0x0000_0002_0000_000A, 0x2000_0000_0100, 0, 0] },
        { 0x01_0A06, [0x0000_0002_0000_000A, 0x1FFF_0000_0000, 0, 0] },
        { 0x01_0A06, [0x0000_0002_0000_000A, 0x0001_0000_0000_0000, 0, 0] },
        { 0x01_0A03, [0x0000_0002_0000_000A, 0x2000_0000_0000, 0x2000, 0] },
        { 0x01_0B06, [0x0000_0002_0000_000B, 100, 0, 0] },
        { 0x01_0104, [0x0000_0009_0000_0001, 0, 0, 0] },
        { 0x01_0105, [0x0000_0002_0000_0001, 256, 0, 0] },
        { 0x01_0107, [0x0000_0002_0000_0001, 255, 0, 0] },
        { 0x01_0109, [0x0000_0002_0000_0001, 1, 9, 0] },
        { 0x01_0103, [0x0000_0002_0000_0001, 1, 0x2000, 0] },
        { 0x01_0109, [0x0000_0002_0000_0001, 1, 0x1FFF, 0] },
        { 0x01_0E01, [0x0E, 0, 0, 0x9_0000] },
        { 0x01_0F07, [0x0000_0002_0000_000F, 2, 0, 0] },
        { 0x01_0C07, [0x0000_0002_0000_000C, 2, 0, 0] },
        { 0x01_0507, [0x0000_0002_0000_0004, 2, 0, 0] },
        { 0x01_0307, [0x0000_0002_0000_0003, 2, 0, 0] },
        { 0x01_0301, [0x2000_0000_0003, 2, 0, 0] },
        { 0x01_0D09, [0x0D, 0, 9, 0] },
        { 0x01_0D03, [0x0D, 0, 0x2000, 0] },
        { 0xFF00_0001, [0x2A, 0, 0, 0] },
        { 0, [0x0000_0000_0000_0009, 0, 0x9_0009, 0] },
        { 0, [0xFFFF_FFFF_FFFF_FF05, 0, 0x63_0000, 0] },
    };

    [Theory]
    [MemberData(nameof(CommandsInError))]
    public void A_command_in_error_has_its_code_and_is_passed_over(uint code, ulong[] doublewords)
    {
        var bench = new Bench(ReferenceProfile.Kvm);
        bench.Mapd(2);
        bench.Mapc(0, 0);
        bench.Mapti(2, 1, 8192, 0);

        bench.Run(doublewords);

        Assert.Equal(code, bench.Code());
        Assert.Equal(bench.Its(0x88), bench.Its(0x90));
    }

    [Fact]
    public void A_collection_that_is_not_mapped_stops_all_but_INV_and_MAPTI()
    {
        var bench = new Bench(ReferenceProfile.Qemu);
        bench.Mapd(2);
        bench.Mapti(2, 1, 8192, 5);
        bench.Configure(8192, 0x41);

        foreach (var opcode in (byte[])[0x01, 0x0F, 0x0C, 0x04, 0x03])
        {
            bench.OnEvent(opcode, 2, 1, 5);
        }

        Assert.Equal([0x01_0109u, 0x01_0F09u, 0x01_0509u, 0x01_0309u], bench.Errors().Select(error => error.Code));
        Assert.Equal((true, (byte)0x40), bench.Gic.CachedConfiguration(8192));
    }

    /// <summary>As KVM, and only where LPIs are enabled: docs/decisions/0004.</summary>
    [Fact]
    public void A_pending_table_outside_RAM_stops_MAPTI_in_one_profile()
    {
        foreach (var profile in (ReferenceProfile[])[ReferenceProfile.Kvm, ReferenceProfile.Qemu])
        {
            var bench = new Bench(profile);
            bench.Mapd(2);
            bench.Mapc(0, 0);
            bench.Mapc(1, 1);
            bench.WriteGicr(0, 0, 0, 4);
            bench.WriteGicr(0, 0x78, 0x1000_0000);
            bench.Mapti(2, 0, 8192, 0);
            bench.WriteGicr(0, 0, 1, 4);
            bench.Mapti(2, 1, 8193, 1);
            Assert.Empty(bench.Errors());

            bench.Configure(8194, 0x41);
            bench.Mapti(2, 2, 8194, 0);

            var isError = profile == ReferenceProfile.Kvm;
            Assert.Equal(isError ? 0xFF00_0003u : 0, bench.Code());
            Assert.Equal(isError ? 2 : 3, Assert.Single(bench.Gic.MappedDevices(0)).Events.Count);
            Assert.Equal(isError ? null : (true, (byte)0x40), bench.Gic.CachedConfiguration(8194));
        }
    }

    [Fact]
    public void The_queue_wraps()
    {
        var bench = new Bench(ReferenceProfile.Kvm);
        for (var round = 0; round < 2046; round++)
        {
            bench.Run(0x05, 0, 0, 0);
        }

        Assert.Equal(0xFFC0UL, bench.Its(0x90));
        bench.Run(0x7F, 0, 0, 0, 0x05, 0, 0, 0, 0x05, 0, 0, 0, 0x7E, 0, 0, 0);

        Assert.Equal(0x40UL, bench.Its(0x90));
        Assert.Equal(
            [(0, 0xFFC0u, (byte)0x7F, 0xFF00_0001u, false), (0, 0x20u, (byte)0x7E, 0xFF00_0001u, false)],
            bench.Gic.TakeCommandErrors());
    }

    [Fact]
    public void Commands_that_wait_to_be_told_run_so_many_at_a_time()
    {
        var bench = new Bench(ReferenceProfile.Kvm, itsCount: 2, commandsWait: true);
        bench.Run(0x05, 0, 0, 0, 0x7F, 0, 0, 0, 0x0000_0009_0000_0003, 1, 0, 0, 0x05, 0, 0, 0);

        Assert.Equal(0UL, bench.Its(0x90));
        Assert.Equal(0x0000_0001u, bench.Its32(0x00));
        Assert.True(bench.Gic.HasCommands(0));
        Assert.Empty(bench.Gic.RunCommands(1, 3));
        Assert.Empty(bench.Gic.RunCommands(0, 0));

        Assert.Equal(
            [
                new ReferenceCommand(0x00, 0x05, 0, false, null),
                new ReferenceCommand(0x20, 0x7F, 0xFF00_0001, false, null),
                new ReferenceCommand(
                    0x40, 0x03, 0x01_0304, false, new(ReferenceMsiOutcome.DroppedDeviceUnmapped, 0, -1)),
            ],
            bench.Gic.RunCommands(0, 3));
        Assert.Equal(0x60UL, bench.Its(0x90));
        Assert.Single(bench.Gic.RunCommands(0, 100));
        Assert.False(bench.Gic.HasCommands(0));
        Assert.Equal(0x8000_0001u, bench.Its32(0x00));
    }

    [Fact]
    public void A_stalled_queue_waits_for_Retry()
    {
        var bench = new Bench(ReferenceProfile.Kvm with { ErrorPolicy = ReferenceErrorPolicy.Stall });
        bench.Run(0x05, 0, 0, 0, 0x7F, 0, 0, 0, 0x05, 0, 0, 0);

        Assert.Equal(0x21UL, bench.Its(0x90));
        Assert.Equal(0x8000_0001u, bench.Its32(0x00));
        bench.WriteIts(0x88, 0x60);
        Assert.Equal(0x21UL, bench.Its(0x90));
        bench.WriteIts(0x88, 0x61);
        Assert.Equal(0x21UL, bench.Its(0x90));
        Assert.Equal([(0xFF00_0001u, true), (0xFF00_0001u, true)], bench.Errors());

        bench.Memory.Write64(Bench.Queue + 0x20, 0x05);
        bench.WriteIts(0x88, 0x61);
        Assert.Equal(0x60UL, bench.Its(0x90));
        Assert.Equal(0x60UL, bench.Its(0x88));
    }

    [Fact]
    public void Qemu_stalls_where_memory_is_in_the_way_and_any_later_offset_goes_on()
    {
        var bench = new Bench(ReferenceProfile.Qemu);
        bench.Run(0x7F, 0, 0, 0);
        bench.Memory.ReadOnly = (Bench.DeviceTable, Bench.DeviceTable + 0xFFFF);
        bench.Mapd(2);

        Assert.Equal([(0xFF00_0001u, false), (0x01_0801u, true)], bench.Errors());
        Assert.Equal(0x21UL, bench.Its(0x90));

        bench.WriteIts(0x88, 0x20);
        Assert.Equal(0x21UL, bench.Its(0x90));
        bench.Memory.ReadOnly = null;
        bench.WriteIts(0x88, 0x40);
        Assert.Equal(0x40UL, bench.Its(0x90));
        Assert.Single(bench.Gic.MappedDevices(0));
    }

    [Fact]
    public void Two_levels_cover_8192_devices_each_page()
    {
        var bench = new Bench(ReferenceProfile.Kvm, twoLevel: true);
        bench.Memory.Write64(Bench.DeviceTable, 0x8000_0000_4018_FFFF);

        bench.Mapd(0x1FFF);
        Assert.Equal(0u, bench.Code());
        bench.Mapd(0x2000);
        Assert.Equal(0x01_0801u, bench.Code());
        Assert.Equal(ReferenceMsiOutcome.DroppedLevel1Invalid, bench.Msi(0x2000, 0));
        Assert.Equal(ReferenceMsiOutcome.DroppedDeviceUnmapped, bench.Msi(0x1FFE, 0));
        Assert.Equal(ReferenceMsiOutcome.DroppedDeviceOutOfRange, bench.Msi(0x1_0000, 0));

        // MAPD V=0 zeroes the entry, here the last of the page.
        bench.Memory.Write64(Bench.LevelTwo + 0xFFF8, 0x1234);
        bench.Unmapd(0x1FFF);
        Assert.Equal(0UL, bench.Memory.Read64(Bench.LevelTwo + 0xFFF8));
        Assert.Empty(bench.Gic.MappedDevices(0));
    }

    [Fact]
    public void Every_command_has_the_same_condition_for_a_device_that_is_not_mapped()
    {
        byte[] opcodes = [0x01, 0x03, 0x04, 0x0A, 0x0B, 0x0C, 0x0F];
        uint[] codes = [0x01_0100, 0x01_0300, 0x01_0500, 0x01_0A00, 0x01_0B00, 0x01_0C00, 0x01_0F00];
        var (valid, invalid) = (Valid | Bench.LevelTwo, Bench.LevelTwo);
        foreach (var (levelOne, low, stalls) in ((ulong, uint, bool)[])
            [(valid, 0x04, false), (invalid, 0x01, false), (Valid | 0x1000_0000, 0x01, true)])
        {
            foreach (var (opcode, code) in opcodes.Zip(codes))
            {
                var bench = new Bench(ReferenceProfile.Qemu, twoLevel: true);
                bench.Memory.Write64(Bench.DeviceTable, levelOne);

                bench.OnEvent(opcode, 5, 8192);

                Assert.Equal([(code | low, stalls)], bench.Errors());
            }
        }
    }

    [Fact]
    public void One_level_1_page_of_4_KiB_covers_2_to_the_18_devices()
    {
        var bench = new Bench(ReferenceProfile.Qemu with { DeviceIdBits = 20 });
        bench.WriteIts32(0x00, 0);
        bench.WriteIts(0x100, (3UL << 62) | Bench.DeviceTable);
        bench.WriteIts32(0x00, 1);
        bench.Memory.Write64(Bench.DeviceTable + 0xFF8, Valid | Bench.LevelTwo);
        bench.Memory.Write64(Bench.LevelTwo + 0xFF8, 0x1234);

        bench.Unmapd(0x3_FFFF);
        Assert.Equal(0u, bench.Code());
        Assert.Equal(0UL, bench.Memory.Read64(Bench.LevelTwo + 0xFF8));
        bench.Mapd(0x4_0000);
        Assert.Equal(0x01_0801u, bench.Code());
        Assert.Equal(ReferenceMsiOutcome.DroppedDeviceOutOfRange, bench.Msi(0x4_0000, 0));
    }

    [Fact]
    public void DISCARD_zeroes_the_entry_and_drops_what_is_pending()
    {
        var bench = new Bench(ReferenceProfile.Kvm);
        bench.Mapd(2);
        bench.Mapc(0, 1);
        bench.Mapti(2, 20, 8195, 0);
        bench.Memory.Write64(0x4008_00A0, 0x2003_0003);
        Assert.Equal(ReferenceMsiOutcome.Pended, bench.Msi(2, 20));
        Assert.Equal(ReferenceMsiOutcome.Coalesced, bench.Msi(2, 20));

        bench.OnEvent(0x0F, 2, 20);

        Assert.Equal(0UL, bench.Memory.Read64(0x4008_00A0));
        Assert.Empty(bench.Gic.PendingLpis(1));
        Assert.Equal(ReferenceMsiOutcome.DroppedEventUnmapped, bench.Msi(2, 20));
    }

    [Fact]
    public void With_PTA_an_address_names_the_redistributor()
    {
        var bench = new Bench(ReferenceProfile.Qemu with { Pta = true });

        bench.Mapc(0, 0x080E_0000 >> 16);
        bench.Mapc(1, 0x080F_0000 >> 16);

        Assert.Equal(0x01_0902u, bench.Code());
        Assert.Equal(2, Assert.Single(bench.Gic.MappedCollections(0)).Value);
    }

    [Fact]
    public void A_changed_BASER_forgets_and_the_same_again_does_not()
    {
        var bench = new Bench(ReferenceProfile.Kvm with { Hcc = 1 });
        bench.Mapd(2);
        bench.Mapc(0, 0);
        bench.Mapc(1, 0);
        bench.WriteIts32(0x00, 0);

        bench.WriteIts(0x100, bench.Its(0x100));
        bench.WriteIts(0x108, bench.Its(0x108));
        Assert.Single(bench.Gic.MappedDevices(0));
        Assert.Equal([0u, 1u], bench.Gic.MappedCollections(0).Keys);

        bench.WriteIts(0x100, bench.Its(0x100) + 1);
        bench.WriteIts(0x108, bench.Its(0x108) + 1);
        Assert.Empty(bench.Gic.MappedDevices(0));
        Assert.Equal([0u], bench.Gic.MappedCollections(0).Keys);
    }

    [Fact]
    public void The_limits_of_the_VM_count_all_its_ITSs()
    {
        var bench = new Bench(ReferenceProfile.Kvm, itsCount: 2);
        for (var device = 0u; device < 11; device++)
        {
            bench.Mapd(device);
        }

        Assert.Equal(0xFF00_0004u, bench.Code());
        bench.Mapd(3);
        Assert.Equal(0u, bench.Code());
    }
}
