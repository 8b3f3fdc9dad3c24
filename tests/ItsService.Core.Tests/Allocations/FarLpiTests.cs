using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Allocations;

/// <summary>In a space of 24 bits memory follows the LPIs that are in use, wherever they lie.</summary>
[Collection(nameof(HeldMemory))]
public class FarLpiTests
{
    private const int VcpuCount = 64;
    private const uint LpiCount = 64;
    private const uint LastLpi = (1 << 24) - 1;
    private const ulong ConfigurationTable = 0x5000_0000;
    private const ulong PendingTables = 0x6000_0000;
    private const ulong PendingTableZero = 1UL << 62;

    [Fact]
    public void A_few_far_lpis_at_every_priority_and_vcpu_cost_little_and_nothing_when_taken()
    {
        var guest = Started(VcpuCount);
        guest.Run(GuestCommand.Mapd(0, 6, Places.Itt(0)));
        for (var index = 0u; index < LpiCount; index++)
        {
            guest.WriteByte(ConfigurationTable + LastLpi - index - IntId.FirstLpi, (byte)((index << 2) | 1));
            guest.Run(GuestCommand.Mapti(0, index, LastLpi - index, 0));
        }

        var before = HeldBytes();
        for (var vcpu = 0u; vcpu < VcpuCount; vcpu++)
        {
            guest.Run(GuestCommand.MapcUnmap(0), GuestCommand.Mapc(0, vcpu));
            guest.Run([.. Enumerable.Range(0, (int)LpiCount).Select(e => GuestCommand.Int(0, (uint)e))]);
        }

        Assert.Empty(guest.TakeErrors());
        Assert.Equal((int)LpiCount, guest.PendingAt(VcpuCount - 1).Length);
        Assert.InRange((HeldBytes() - before) / (VcpuCount * LpiCount), 1, 2200);

        for (var vcpu = 0; vcpu < VcpuCount; vcpu++)
        {
            guest.Cpu(vcpu).Write(SystemRegister.IccIgrpen1, 1);
            guest.Cpu(vcpu).Unmask();
            while (guest.Cpu(vcpu).Acknowledge() is var lpi and not CpuPort.Spurious)
            {
                guest.Cpu(vcpu).End(lpi);
            }

            guest.Gicr(vcpu).Write32(GicrOffset.Ctlr, 0);
        }

        guest.Disable();
        // Chunks for what comes next are kept in the pool; it is emptied as chunks come and go.
        Assert.InRange(HeldBytes() - before, long.MinValue, 6 << 20);
        GC.KeepAlive(guest);
    }

    [Fact]
    public void Lpis_that_were_mapped_once_cost_nothing()
    {
        var guest = Started(1);
        guest.Run(GuestCommand.Mapd(0, 1, Places.Itt(0)), GuestCommand.Mapc(0, 0));
        var before = HeldBytes();
        for (var lpi = IntId.FirstLpi; lpi <= LastLpi; lpi += 4096)
        {
            guest.Run(GuestCommand.Mapti(0, 0, lpi, 0), GuestCommand.Discard(0, 0));
        }

        Assert.Empty(guest.TakeErrors());
        Assert.InRange(HeldBytes() - before, long.MinValue, 1 << 20);
        GC.KeepAlive(guest);
    }

    [Fact]
    public void Message_to_a_far_lpi_leaves_no_garbage()
    {
        var guest = Started(1);
        guest.WriteByte(ConfigurationTable + LastLpi - IntId.FirstLpi, Guest.EnabledAtA0);
        guest.Run(
            GuestCommand.Mapd(0, 1, Places.Itt(0)), GuestCommand.Mapc(0, 0), GuestCommand.Mapti(0, 0, LastLpi, 0));
        guest.Cpu(0).Write(SystemRegister.IccIgrpen1, 1);
        guest.Cpu(0).Unmask();
        Cycle(guest, 100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var taken = Cycle(guest, 100);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(100, taken);
        Assert.Equal(0, allocated);
    }

    private static int Cycle(Guest guest, int count)
    {
        var taken = 0;
        for (var cycle = 0; cycle < count; cycle++)
        {
            guest.Gic.SignalMsi(0, default, default);
            var lpi = guest.Gic.ReadSystemRegister(default, SystemRegister.IccIar1).Value;
            taken += lpi == LastLpi ? 1 : 0;
            guest.Gic.WriteSystemRegister(default, SystemRegister.IccEoir1, lpi);
        }

        return taken;
    }

    private static Guest Started(int vcpuCount)
    {
        var profile = GicProfiles.Kvm with { IntIdBits = 24 };
        var guest = new Guest(new GuestOptions
        {
            Profile = profile,
            VcpuCount = vcpuCount,
            ReachesRamDirectly = true,
        });
        guest.Gicd.Write32(0, 2);
        guest.PlaceTables();
        guest.Gicr(0).Write64(GicrOffset.Propbaser, ConfigurationTable | 23);
        for (var vcpu = 0; vcpu < vcpuCount; vcpu++)
        {
            var table = PendingTables + ((ulong)vcpu * 0x20_0000);
            guest.Gicr(vcpu).Write64(GicrOffset.Pendbaser, table | PendingTableZero);
            guest.Gicr(vcpu).Write32(GicrOffset.Ctlr, 1);
        }

        guest.Enable();
        return guest;
    }

    private static long HeldBytes() => GC.GetTotalMemory(forceFullCollection: true);
}
