using ItsService.Core.Commands;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Lpis;

/// <summary>
/// KVM's MAPTI takes only LPIs that some vCPU's configuration table covers, as the tables are at that moment.
/// </summary>
public class ConfigurationReaderTests
{
    private const ulong Table14 = Places.ConfigurationTable | 13;

    [Fact]
    public void A_table_that_shrinks_while_lpis_are_disabled_covers_less()
    {
        var guest = Guest.Started();
        MapTwenty(guest);
        DisableLpis(guest, 0, 1, 2, 3);
        MapTwenty(guest);
        Assert.Empty(guest.TakeErrors());

        guest.Gicr(0).Write64(GicrOffset.Propbaser, Table14);
        MapTwenty(guest);

        Assert.Equal([CommandError.MaptiPhysicalIdOutOfRange], guest.TakeErrors());
    }

    [Fact]
    public void A_table_in_use_covers_what_it_did_until_lpis_are_disabled()
    {
        var guest = Guest.Started();
        DisableLpis(guest, 1, 2, 3);
        guest.Gicr(1).Write64(GicrOffset.Propbaser, Table14);
        MapTwenty(guest);
        Assert.Empty(guest.TakeErrors());

        DisableLpis(guest, 0);
        MapTwenty(guest);

        Assert.Equal([CommandError.MaptiPhysicalIdOutOfRange], guest.TakeErrors());
    }

    [Fact]
    public void After_a_reset_no_table_covers_anything()
    {
        var guest = Guest.Started();
        MapTwenty(guest);
        guest.Gic.Reset();
        guest.PlaceTables();
        guest.Enable();
        MapTwenty(guest);

        Assert.Equal([CommandError.MaptiPhysicalIdOutOfRange], guest.TakeErrors());
    }

    [Fact]
    public void The_first_vcpu_whose_table_covers_the_lpi_reads_for_an_unmapped_collection()
    {
        var guest = Guest.Started(new GuestOptions { Profile = GicProfiles.Qemu });
        DisableLpis(guest, 0, 1);
        guest.Gicr(0).Write64(GicrOffset.Propbaser, Table14);
        guest.Gicr(1).Write64(GicrOffset.Propbaser, Places.Scratch | 15);
        guest.Accesses.StartRecording();
        MapTwenty(guest);

        Assert.Contains(
            guest.Accesses.StopRecording(), access => access.Range.Start.Value == Places.Scratch + 20_000 - 8192);
    }

    private static void MapTwenty(Guest guest) =>
        guest.Run(GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapti(0, 0, 20_000, 0));

    private static void DisableLpis(Guest guest, params ReadOnlySpan<int> vcpus)
    {
        foreach (var vcpu in vcpus)
        {
            guest.Gicr(vcpu).Write32(GicrOffset.Ctlr, 0);
        }
    }
}
