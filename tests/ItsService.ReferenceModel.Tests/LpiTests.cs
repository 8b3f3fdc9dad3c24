namespace ItsService.ReferenceModel.Tests;

public class LpiTests
{
    [Fact]
    public void The_pending_table_is_read_at_enable_and_written_back_at_disable()
    {
        var bench = new Bench(ReferenceProfile.Qemu);
        var table = Bench.PendingTable(0);
        bench.WriteGicr(0, 0x00, 0, 4);
        bench.Memory[table + 1023] = 0xFF;
        bench.Memory[table + 1024] = 0x01;
        bench.Memory[table + 8191] = 0x80;

        bench.WriteGicr(0, 0x00, 1, 4);
        Assert.Equal([8192u, 65535u], bench.Gic.PendingLpis(0));
        Assert.Equal((true, (byte)0xA0), bench.Gic.CachedConfiguration(8192));
        Assert.Equal(0x01, bench.Memory[table + 1024]);

        Assert.Equal(8192UL, bench.Acknowledge(0));
        bench.WriteGicr(0, 0x00, 0, 4);
        Assert.Equal(0x00, bench.Memory[table + 1024]);
        Assert.Equal(0x80, bench.Memory[table + 8191]);
        Assert.Equal(0xFF, bench.Memory[table + 1023]);
        Assert.Empty(bench.Gic.PendingLpis(0));
    }

    [Fact]
    public void A_pending_table_that_cannot_be_written_loses_what_is_pending()
    {
        var bench = OneEvent(ReferenceProfile.Kvm);
        bench.Msi(2, 1);
        bench.WriteGicr(0, 0x00, 0, 4);
        Assert.Equal(0, bench.Gic.LostLpis);

        bench.WriteGicr(0, 0x00, 1, 4);
        bench.Memory.ReadOnly = (Bench.PendingTable(0), Bench.PendingTable(0) + 0xFFFF);
        bench.WriteGicr(0, 0x00, 0, 4);
        Assert.Equal(1, bench.Gic.LostLpis);
    }

    [Fact]
    public void What_SETLPIR_names_is_told_with_its_outcome()
    {
        var bench = new Bench(ReferenceProfile.Kvm with { DirectLpis = true });
        foreach (var intId in (ulong[])[8192, 8192, 8191, 65536, 0])
        {
            bench.WriteGicr(1, 0x40, intId);
        }

        bench.WriteGicr(1, 0x44, 8193, 4);
        bench.WriteGicr(1, 0x00, 0, 4);
        bench.WriteGicr(1, 0x40, 8193);

        Assert.Equal(
            [
                new(1, 8192, ReferenceMsiOutcome.Pended), new(1, 8192, ReferenceMsiOutcome.Coalesced),
                new(1, 8191, ReferenceMsiOutcome.DroppedIntIdOutOfRange),
                new(1, 65536, ReferenceMsiOutcome.DroppedIntIdOutOfRange),
                new ReferenceDirectLpi(1, 8193, ReferenceMsiOutcome.DroppedLpisDisabled),
            ],
            bench.Gic.TakeDirectLpis());
        Assert.Empty(bench.Gic.TakeDirectLpis());
    }

    [Fact]
    public void PTZ_counts_for_one_enable()
    {
        var bench = new Bench(ReferenceProfile.Kvm);
        bench.WriteGicr(0, 0x00, 0, 4);
        bench.WriteGicr(0, 0x78, (1UL << 62) | Bench.PendingTable(0));
        Assert.Equal(0UL, bench.Gicr(0, 0x78) & (1UL << 62));
        bench.Memory[Bench.PendingTable(0) + 1024] = 0x01;

        bench.WriteGicr(0, 0x00, 1, 4);
        Assert.Empty(bench.Gic.PendingLpis(0));
        bench.WriteGicr(0, 0x00, 0, 4);
        Assert.Equal(0x00, bench.Memory[Bench.PendingTable(0) + 1024]);
        bench.Memory[Bench.PendingTable(0) + 1024] = 0x02;
        bench.WriteGicr(0, 0x00, 1, 4);
        Assert.Equal([8193u], bench.Gic.PendingLpis(0));
    }

    [Fact]
    public void A_configuration_is_seen_after_INV_and_not_before()
    {
        var bench = OneEvent(ReferenceProfile.Kvm);
        bench.Configure(8192, 0xA2);
        Assert.Equal(ReferenceMsiOutcome.Pended, bench.Msi(2, 1));
        Assert.True(bench.Gic.IsLineAsserted(0));

        bench.OnEvent(0x0C, 2, 1);
        Assert.False(bench.Gic.IsLineAsserted(0));
        Assert.Equal([8192u], bench.Gic.PendingLpis(0));

        bench.Configure(8192, 0x43);
        bench.Run(0x0D, 0, 0, 0);
        Assert.Equal((true, (byte)0x40), bench.Gic.CachedConfiguration(8192));
        Assert.Equal(8192UL, bench.Acknowledge(0));
    }

    [Fact]
    public void MAPTI_needs_the_configuration_in_kvm_alone()
    {
        foreach (var (profile, code, lpis) in ((ReferenceProfile, uint, int)[])
            [(ReferenceProfile.Kvm, 0xFF00_0003, 0), (ReferenceProfile.Qemu, 0, 1)])
        {
            var bench = new Bench(profile);
            bench.Memory.Absent = (Bench.Configurations, Bench.Configurations);
            bench.Mapd(2);
            bench.Mapc(0, 0);
            bench.Mapti(2, 1, 8192, 0);

            Assert.Equal(code, bench.Code());
            Assert.Equal(lpis, bench.Gic.MappedDevices(0).First().Events.Count);
            Assert.Null(bench.Gic.CachedConfiguration(8192));
        }
    }

    [Fact]
    public void MAPC_takes_pending_LPIs_along_in_kvm_alone()
    {
        foreach (var (profile, vcpu) in ((ReferenceProfile, int)[])
            [(ReferenceProfile.Kvm, 2), (ReferenceProfile.Qemu, 0)])
        {
            var bench = OneEvent(profile);
            bench.Msi(2, 1);

            bench.Mapc(0, 2);

            Assert.Equal([8192u], bench.Gic.PendingLpis(vcpu));
            Assert.Empty(bench.Gic.PendingLpis(2 - vcpu));
        }
    }

    [Fact]
    public void MOVI_and_MOVALL_leave_what_the_destination_cannot_hold()
    {
        var bench = OneEvent(ReferenceProfile.Qemu);
        bench.Mapc(1, 1);
        bench.WriteGicr(1, 0x00, 0, 4);
        bench.Msi(2, 1);

        bench.OnEvent(0x01, 2, 1, 1);
        bench.Run(0x0E, 0, 0, 0x1_0000);
        Assert.Equal([8192u], bench.Gic.PendingLpis(0));
        Assert.Equal(ReferenceMsiOutcome.DroppedLpisDisabled, bench.Msi(2, 1));

        bench.WriteGicr(1, 0x00, 1, 4);
        bench.Run(0x0E, 0, 0, 0x1_0000);
        Assert.Equal([8192u], bench.Gic.PendingLpis(1));
        bench.OnEvent(0x01, 2, 1, 0);
        Assert.Equal([8192u], bench.Gic.PendingLpis(0));
        Assert.Empty(bench.Errors());
    }

    [Fact]
    public void Priority_pre_emption_and_the_mask()
    {
        var bench = new Bench(ReferenceProfile.Kvm);
        bench.Configure(8200, 0x83);
        bench.Configure(8201, 0x23);
        bench.Mapd(2);
        bench.Mapc(0, 0);
        bench.Mapti(2, 0, 8192, 0);
        bench.Mapti(2, 1, 8200, 0);
        bench.Mapti(2, 2, 8199, 0);
        bench.Mapti(2, 3, 8201, 0);
        bench.Msi(2, 2);
        bench.Msi(2, 0);

        // Equal priorities: the lowest INTID. Neither pre-empts the other.
        Assert.Equal(8192UL, bench.Acknowledge(0));
        Assert.Equal(0xA0UL, bench.RunningPriority(0));
        Assert.False(bench.Gic.IsLineAsserted(0));
        Assert.Equal(8199UL, bench.Gic.ReadSystemRegister(0, 0xC662));

        bench.Msi(2, 3);
        bench.Msi(2, 1);
        bench.Mask(0, 0x20);
        Assert.Equal(1023UL, bench.Acknowledge(0));
        bench.Mask(0, 0x28);
        Assert.Equal(8201UL, bench.Acknowledge(0));
        Assert.Equal(0x20UL, bench.RunningPriority(0));
        Assert.Equal((1UL << 4) | (1UL << 20), bench.Gic.ReadSystemRegister(0, 0xC648));
        bench.Mask(0, 0xFF);
        Assert.Equal(0xF8UL, bench.Gic.ReadSystemRegister(0, 0xC230));

        bench.End(0, 8201);
        Assert.Equal(0xA0UL, bench.RunningPriority(0));
        Assert.Equal(8200UL, bench.Acknowledge(0));
        bench.End(0, 8200);
        bench.End(0, 1023);
        Assert.Equal(0xA0UL, bench.RunningPriority(0));
        bench.End(0, 8192);
        Assert.Equal(0xFFUL, bench.RunningPriority(0));
        Assert.Equal(8199UL, bench.Acknowledge(0));
    }

    [Fact]
    public void The_binary_point_widens_the_group()
    {
        var bench = OneEvent(ReferenceProfile.Kvm);
        bench.Configure(8193, 0x83);
        bench.Mapti(2, 2, 8193, 0);
        bench.Gic.WriteSystemRegister(0, 0xC663, 0);
        Assert.Equal(3UL, bench.Gic.ReadSystemRegister(0, 0xC663));
        bench.Gic.WriteSystemRegister(0, 0xC643, 5);
        bench.Gic.WriteSystemRegister(0, 0xC664, 1);
        Assert.Equal(6UL, bench.Gic.ReadSystemRegister(0, 0xC663));

        // With BPR0 = 5 the group is [7:6], where 0xA0 and 0x80 are the same.
        bench.Msi(2, 1);
        Assert.Equal(8192UL, bench.Acknowledge(0));
        Assert.Equal(0x80UL, bench.RunningPriority(0));
        bench.Msi(2, 2);
        Assert.False(bench.Gic.IsLineAsserted(0));
    }

    [Fact]
    public void An_LPI_above_IDbits_is_dropped_where_MAPTI_takes_it()
    {
        var qemu = new Bench(ReferenceProfile.Qemu);
        qemu.WriteGicr(0, 0x00, 0, 4);
        qemu.WriteGicr(0, 0x70, Bench.Configurations | 13);
        qemu.WriteGicr(0, 0x00, 1, 4);
        qemu.Mapd(2);
        qemu.Mapc(0, 0);
        qemu.Mapti(2, 1, 16383, 0);
        qemu.Mapti(2, 2, 16384, 0);

        Assert.Empty(qemu.Errors());
        Assert.Equal(ReferenceMsiOutcome.Pended, qemu.Msi(2, 1));
        Assert.Equal(ReferenceMsiOutcome.DroppedIntIdOutOfRange, qemu.Msi(2, 2));
    }

    [Fact]
    public void Direct_LPIs_need_no_ITS()
    {
        var bench = new Bench(ReferenceProfile.Qemu with { DirectLpis = true });
        bench.WriteGicr(1, 0x40, 8200);
        Assert.Equal([8200u], bench.Gic.PendingLpis(1));
        Assert.Equal((true, (byte)0xA0), bench.Gic.CachedConfiguration(8200));

        bench.Configure(8200, 0x11);
        bench.WriteGicr(1, 0xA0, 8200);
        Assert.Equal((true, (byte)0x10), bench.Gic.CachedConfiguration(8200));
        bench.Configure(8200, 0x21);
        bench.WriteGicr(0, 0xB0, 0);
        Assert.Equal((true, (byte)0x10), bench.Gic.CachedConfiguration(8200));
        bench.WriteGicr(1, 0xB0, 0);
        Assert.Equal((true, (byte)0x20), bench.Gic.CachedConfiguration(8200));

        bench.WriteGicr(1, 0x48, 8200);
        Assert.Empty(bench.Gic.PendingLpis(1));
        Assert.Null(bench.Gic.CachedConfiguration(8200));
    }

    [Fact]
    public void Reset_forgets_everything_but_memory()
    {
        var bench = OneEvent(ReferenceProfile.Qemu);
        bench.Msi(2, 1);

        bench.Gic.Reset();

        Assert.Empty(bench.Gic.PendingLpis(0));
        Assert.Empty(bench.Gic.MappedDevices(0));
        Assert.Empty(bench.Gic.MappedCollections(0));
        Assert.Null(bench.Gic.CachedConfiguration(8192));
        Assert.Equal(0x8000_0000u, bench.Its32(0x00));
        Assert.Equal(ReferenceMsiOutcome.DroppedItsDisabled, bench.Msi(2, 1));
        Assert.Equal(0xA3, bench.Memory[Bench.Configurations]);
    }

    [Fact]
    public void TRANSLATER_takes_16_and_32_bits_and_a_requester()
    {
        var bench = OneEvent(ReferenceProfile.Qemu);

        bench.Gic.WriteRegister(ReferenceFrame.Its, 0, 0x1_0040, 4, 1);
        bench.Gic.WriteRegister(ReferenceFrame.Its, 0, 0x1_0040, 8, 1, 2);
        Assert.Empty(bench.Gic.PendingLpis(0));
        bench.Gic.WriteRegister(ReferenceFrame.Its, 0, 0x1_0040, 2, 0xFFFF_0001, 2);
        Assert.Equal([8192u], bench.Gic.PendingLpis(0));
    }

    private static Bench OneEvent(ReferenceProfile profile)
    {
        var bench = new Bench(profile);
        bench.Mapd(2);
        bench.Mapc(0, 0);
        bench.Mapti(2, 1, 8192, 0);
        return bench;
    }
}
