using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Lpis;

/// <summary>
/// SETLPIR of an LPI that an event maps as well: it comes with the configuration that its redistributor reads, unless
/// it is that redistributor's by its collection and was read for it (decision 0002).
/// </summary>
public class DirectLpiTests
{
    private static readonly GuestOptions OwnTables =
        new() { Profile = GicProfiles.Qemu with { DirectLpis = true } };

    [Fact]
    public void Lpi_of_another_vcpus_collection_is_read_through_the_table_of_the_one_that_gets_it()
    {
        var guest = Guest.Started(OwnTables);
        guest.Gicr(1).Write32(GicrOffset.Ctlr, 0);
        guest.Gicr(1).Write64(GicrOffset.Propbaser, Places.Scratch | 15); // zeros: every LPI is disabled
        guest.Gicr(1).Write32(GicrOffset.Ctlr, 1);
        guest.Map(0, 0, 9000);
        guest.Gicr(1).Write64(GicrOffset.Setlpir, 9000);

        Assert.Equal([9000u], guest.PendingAt(1));
        Assert.Empty(guest.Cpu(1).TakeAll());
    }

    [Fact]
    public void Lpi_of_its_own_collection_that_could_not_be_read_is_read_now()
    {
        var guest = Guest.Started(OwnTables);
        guest.Memory.FaultReads(new(new(Places.ConfigurationByte(9000)), 1));
        guest.Map(0, 0, 9000);
        guest.Memory.Heal();
        guest.Gicr(0).Write64(GicrOffset.Setlpir, 9000);

        Assert.Equal([9000u], guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void Lpi_of_its_own_collection_is_not_read_again()
    {
        var guest = Guest.Started(OwnTables);
        guest.Map(0, 0, 9000);
        guest.Configure(9000, Guest.DisabledAtA0);
        guest.Gicr(0).Write64(GicrOffset.Setlpir, 9000);

        Assert.Equal([9000u], guest.Cpu(0).TakeAll());
    }
}
