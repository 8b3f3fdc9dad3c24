namespace ItsService.ReferenceModel.Tests;

public class RegisterTests
{
    [Fact]
    public void Identification_of_kvm()
    {
        var bench = new Bench(ReferenceProfile.Kvm, setUp: false);

        Assert.Equal(0x8000_0000u, bench.Its32(0x00));
        Assert.Equal(0x4B00_043Bu, bench.Its32(0x04));
        Assert.Equal(0x0001_EF71UL, bench.Its(0x08));
        Assert.Equal(0x1907_0000_0000_0600UL, bench.Its(0x100));
        Assert.Equal(0x1C07_0000_0000_0600UL, bench.Its(0x108));
        Assert.Equal(0x3Bu, bench.Its32(0xFFE8));
        Assert.Equal(0x6UL, bench.Gicr(0, 0x00, 4));
        Assert.Equal(0x311UL, bench.Gicr(3, 0x08) & 0xFFFF_FFFF);
        Assert.Equal(0x580UL, bench.Gicr(0, 0x70));
        Assert.Equal(0x007A_0007UL, bench.Gic.ReadRegister(ReferenceFrame.Distributor, 0, 0x04, 4));
        Assert.Equal(0x400UL, bench.Gic.ReadSystemRegister(0, 0xC664));
    }

    [Fact]
    public void Identification_of_qemu()
    {
        var bench = new Bench(ReferenceProfile.Qemu, setUp: false);

        Assert.Equal(0x0000_001F_0001_EFB1UL, bench.Its(0x08));
        Assert.Equal(0x0107_0000_0000_0200UL, bench.Its(0x100));
        Assert.Equal(0x1_0100_0101UL, bench.Gicr(1, 0x08));
        Assert.Equal(0x3_0100_0311UL, bench.Gicr(3, 0x08));
        Assert.Equal(0x6UL, bench.Gicr(0, 0x14, 4));
        Assert.Equal(0x2UL, bench.Gicr(0, 0x00, 4));
        Assert.Equal(0x50UL, bench.Gic.ReadRegister(ReferenceFrame.Distributor, 0, 0x00, 4));
        Assert.Equal(0x037A_0007UL, bench.Gic.ReadRegister(ReferenceFrame.Distributor, 0, 0x04, 4));
    }

    [Fact]
    public void Last_ends_a_run_of_frames_in_kvm_and_each_region_in_qemu()
    {
        foreach (var (profile, secondBase, last) in ((ReferenceProfile, ulong, int[])[])
            [
                (ReferenceProfile.Kvm, 0x0A04_0000, [3]), (ReferenceProfile.Qemu, 0x0A04_0000, [1, 3]),
                (ReferenceProfile.Kvm, 0x0B00_0000, [1, 3]), (ReferenceProfile.Qemu, 0x0B00_0000, [1, 3]),
            ])
        {
            var gic = new ReferenceGic(
                new ReferenceConfiguration(profile, [0, 1, 2, 3], 1, null, 100, 10)
                {
                    RedistributorRegions = [(0x0A00_0000, 2), (secondBase, 9)],
                },
                new TestMemory());

            Assert.Equal(last, Enumerable.Range(0, 4).Where(vcpu =>
                (gic.ReadRegister(ReferenceFrame.Redistributor, vcpu, 0x08, 8) & 0x10) != 0));
        }
    }

    [Theory]
    [InlineData(0x00, 1)]
    [InlineData(0x00, 8)]
    [InlineData(0x82, 4)]
    [InlineData(0x84, 8)]
    [InlineData(0x1_0040, 4)]
    public void An_access_of_the_wrong_shape_reads_zero(uint offset, int sizeBytes)
    {
        var bench = new Bench(ReferenceProfile.Kvm);

        Assert.Equal(0UL, bench.Gic.ReadRegister(ReferenceFrame.Its, 0, offset, sizeBytes));
    }

    [Fact]
    public void Kvm_fills_in_and_sanitises_BASER_and_CBASER()
    {
        var bench = new Bench(ReferenceProfile.Kvm, setUp: false);

        bench.WriteIts(0x100, 0x8000_1234_5678_F200);
        bench.WriteIts(0x108, (2UL << 10) | (7UL << 53) | (1UL << 62));
        bench.WriteIts(0x80, 0x8000_0000_4000_F00F);

        Assert.Equal(0x9907_1234_5678_F200UL, bench.Its(0x100));
        Assert.Equal(0x1C07_0000_0000_0600UL, bench.Its(0x108));
        Assert.Equal(0x9800_0000_4000_000FUL, bench.Its(0x80));
    }

    [Fact]
    public void A_half_of_a_64_bit_register_leaves_the_other_half()
    {
        var bench = new Bench(ReferenceProfile.Qemu, setUp: false);
        bench.WriteIts(0x100, 0x8000_0000_4001_0200);

        bench.WriteIts32(0x104, 0);

        Assert.Equal(0x0107_0000_4001_0200UL, bench.Its(0x100));
        Assert.Equal(0x0107_0000u, bench.Its32(0x104));
    }

    [Fact]
    public void Kvm_enables_only_with_valid_tables()
    {
        var bench = new Bench(ReferenceProfile.Kvm, setUp: false);
        bench.WriteIts(0x80, (1UL << 63) | Bench.Queue);
        bench.WriteIts(0x100, (1UL << 63) | Bench.DeviceTable);

        bench.WriteIts32(0x00, 1);
        Assert.Equal(0x8000_0000u, bench.Its32(0x00));

        bench.WriteIts(0x108, (1UL << 63) | Bench.CollectionTable);
        bench.WriteIts32(0x00, 1);
        Assert.Equal(0x8000_0001u, bench.Its32(0x00));
    }

    [Fact]
    public void Collections_of_hardware_need_no_table_to_enable()
    {
        var bench = new Bench(ReferenceProfile.Kvm with { Hcc = 1 }, setUp: false);
        bench.WriteIts(0x80, (1UL << 63) | Bench.Queue);
        bench.WriteIts32(0x00, 1);
        Assert.Equal(0x8000_0000u, bench.Its32(0x00));

        bench.WriteIts(0x100, (1UL << 63) | Bench.DeviceTable);
        bench.WriteIts32(0x00, 1);
        Assert.Equal(0x8000_0001u, bench.Its32(0x00));
    }

    /// <summary>A3V, IDbits, PRIbits.</summary>
    [Fact]
    public void ICC_CTLR_tells_how_wide_INTIDs_are()
    {
        Assert.Equal(0x0400UL, new Bench(ReferenceProfile.Kvm).Gic.ReadSystemRegister(0, 0xC664));
        Assert.Equal(0x8C00UL, new Bench(ReferenceProfile.Qemu).Gic.ReadSystemRegister(0, 0xC664));
        Assert.Equal(
            0x0C00UL, new Bench(ReferenceProfile.Kvm with { IntIdBits = 17 }).Gic.ReadSystemRegister(0, 0xC664));
    }

    [Fact]
    public void A_read_of_TRANSLATER_of_either_size_is_of_a_write_only_register()
    {
        foreach (var (sizeBytes, status) in new[] { (2, 0x4u), (4, 0x4u), (1, 0u), (8, 0u) })
        {
            var bench = new Bench(ReferenceProfile.Kvm with { HasStatusRegister = true });
            Assert.Equal(0UL, bench.Gic.ReadRegister(ReferenceFrame.Its, 0, 0x1_0040, sizeBytes));
            Assert.Equal(status, bench.Its32(0x40));
        }

        var halves = new Bench(ReferenceProfile.Kvm with { HasStatusRegister = true });
        halves.Gic.ReadRegister(ReferenceFrame.Its, 0, 0x1_0041, 2);
        Assert.Equal(0u, halves.Its32(0x40));
        halves.Gic.ReadRegister(ReferenceFrame.Its, 0, 0x1_0042, 2);
        Assert.Equal(4u, halves.Its32(0x40));
    }

    [Fact]
    public void Registers_without_their_feature_are_not_reserved_places()
    {
        var bench = new Bench(ReferenceProfile.Kvm with { HasStatusRegister = true });
        foreach (var offset in new uint[] { 0x10, 0x14, 0x18, 0x48, 0x4C })
        {
            Assert.Equal(0u, bench.Its32(offset));
        }

        bench.WriteIts32(0x14, uint.MaxValue);
        Assert.Equal(0u, bench.Its32(0x14));
        Assert.Equal(0u, bench.Its32(0x40));

        bench.WriteIts32(0x10, 1);
        Assert.Equal(0x8u, bench.Its32(0x40));
    }

    [Fact]
    public void CWRITER_beyond_the_queue_is_dropped_by_kvm_and_stops_qemu()
    {
        var kvm = new Bench(ReferenceProfile.Kvm);
        kvm.WriteIts(0x88, 0x1_0000);
        Assert.Equal(0UL, kvm.Its(0x88));

        var qemu = new Bench(ReferenceProfile.Qemu);
        qemu.WriteIts(0x88, 0x1_0000);
        Assert.Equal(0x1_0000UL, qemu.Its(0x88));
        Assert.Equal(0UL, qemu.Its(0x90));
        qemu.WriteIts(0x88, 0x20);
        Assert.Equal(0x20UL, qemu.Its(0x90));
    }

    [Fact]
    public void A_store_to_TRANSLATER_by_a_device_is_a_message()
    {
        var bench = new Bench(ReferenceProfile.Kvm);
        bench.Mapd(2);
        bench.Mapc(3, 1);
        bench.Mapti(2, 0x34, 8195, 3);

        Assert.Null(bench.Gic.WriteRegister(ReferenceFrame.Its, 0, 0x1_0040, 4, 0x34));
        Assert.Null(bench.Gic.WriteRegister(ReferenceFrame.Its, 0, 0x1_0040, 8, 0x34, requester: 2));
        Assert.Null(bench.Gic.WriteRegister(ReferenceFrame.Its, 0, 0x1_0042, 2, 0x34, requester: 2));
        Assert.Empty(bench.Gic.PendingLpis(1));
        Assert.Equal(
            new ReferenceMessage(ReferenceMsiOutcome.Pended, 8195, 1),
            bench.Gic.WriteRegister(ReferenceFrame.Its, 0, 0x1_0040, 2, 0xFFFF_0034, requester: 2));
        Assert.Equal(
            new ReferenceMessage(ReferenceMsiOutcome.Coalesced, 8195, 1),
            bench.Gic.WriteRegister(ReferenceFrame.Its, 0, 0x1_0040, 4, 0x34, requester: 2));
        Assert.Equal(
            new ReferenceMessage(ReferenceMsiOutcome.DroppedEventOutOfRange, 0, -1),
            bench.Gic.WriteRegister(ReferenceFrame.Its, 0, 0x1_0040, 4, 0xFFFF_0034, requester: 2));
    }

    [Fact]
    public void LPI_base_registers_keep_only_their_fields()
    {
        var bench = new Bench(ReferenceProfile.Qemu, setUp: false);

        bench.WriteGicr(0, 0x70, ulong.MaxValue);
        bench.WriteGicr(0, 0x78, ulong.MaxValue);

        Assert.Equal(0x070F_FFFF_FFFF_FF9FUL, bench.Gicr(0, 0x70));
        Assert.Equal(0x070F_FFFF_FFFF_0F80UL, bench.Gicr(0, 0x78));
        Assert.Equal(0UL, bench.Gicr(1, 0x70));
    }

    [Fact]
    public void STATUSR_tells_of_reserved_and_one_way_accesses_and_the_first_unmapped_message()
    {
        var bench = new Bench(ReferenceProfile.Qemu with { HasStatusRegister = true, ReportsUnmappedMsis = true });

        bench.Its(0x50);
        Assert.Equal(0x1u, bench.Its32(0x40));
        bench.WriteIts32(0x1C, 1);
        bench.Its32(0x1_0040);
        bench.WriteIts(0x08, 1);
        Assert.Equal(0xFu, bench.Its32(0x40));
        bench.WriteIts32(0x40, 0xE);
        Assert.Equal(0x1u, bench.Its32(0x40));
        bench.WriteIts32(0x40, 0x1);

        bench.Mapd(2);
        Assert.Equal(ReferenceMsiOutcome.DroppedDeviceUnmapped, bench.Msi(7, 3));
        Assert.Equal(ReferenceMsiOutcome.DroppedEventOutOfRange, bench.Msi(2, 256));

        // UMSI, Overflow, syndrome 3.
        Assert.Equal(0xF0u, bench.Its32(0x40));
        Assert.Equal(0x7_0000_0003UL, bench.Its(0x48));
        Assert.Equal(1UL << 44, bench.Its(0x08) & (1UL << 44));
    }

    [Fact]
    public void A_write_to_the_doorbell_that_is_no_message_is_told()
    {
        var bench = new Bench(ReferenceProfile.Kvm);
        foreach (var (offset, size, device) in ((uint, int, uint?)[])
            [(0x1_0040, 4, null), (0x1_0040, 8, 7), (0x1_0044, 4, 7), (0x1_0044, 4, null), (0x1_0040, 4, 7), (0x80,
                4, 7)])
        {
            bench.Gic.WriteRegister(ReferenceFrame.Its, 0, offset, size, 9, device);
        }

        Assert.Equal(
            [
                new(0, 0x1_0040, 4, 9, null), new(0, 0x1_0040, 8, 9, 7), new ReferenceDoorbellWrite(0, 0x1_0044, 4,
                    9, 7),
            ],
            bench.Gic.TakeIgnoredDoorbellWrites());
    }
}
