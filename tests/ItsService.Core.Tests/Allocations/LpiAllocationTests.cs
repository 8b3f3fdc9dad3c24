using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Allocations;

/// <summary>LPIs that come and go leave no garbage, whichever way they come.</summary>
public class LpiAllocationTests
{
    private const int RoundCount = 100;

    private static readonly GuestOptions Direct =
        new() { Profile = GicProfiles.Kvm with { DirectLpis = true }, ReachesRamDirectly = true };

    [Fact]
    public void Direct_lpi_that_is_set_and_taken_leaves_no_garbage()
    {
        var gic = Guest.Started(Direct).Gic;
        var setlpir = new FrameLocation(FrameKind.Gicr, 0, GicrOffset.Setlpir);

        AssertNoGarbage(() =>
        {
            gic.WriteRegister(setlpir, 8, 9000);
            gic.ReadSystemRegister(new VcpuIndex(0), SystemRegister.IccIar1);
            gic.WriteSystemRegister(new VcpuIndex(0), SystemRegister.IccEoir1, 9000);
        });
    }

    [Fact]
    public void Lpis_that_are_disabled_and_enabled_leave_no_garbage()
    {
        var gic = Guest.Started(Direct).Gic;
        var ctlr = new FrameLocation(FrameKind.Gicr, 0, GicrOffset.Ctlr);

        AssertNoGarbage(() =>
        {
            gic.WriteRegister(ctlr, 4, 0);
            gic.WriteRegister(ctlr, 4, 1);
        });
    }

    [Fact]
    public void Event_that_is_mapped_to_its_own_lpi_again_takes_no_memory()
    {
        // The first of two guests warms up what all of them share.
        var allocated = Enumerable.Range(0, 2).Select(_ => BytesOfMappingAgain()).Last();

        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Lpis_that_two_events_share_one_after_the_other_take_no_memory()
    {
        var one = new VirtualGicConfiguration { Affinities = [default] };
        var configurations = new GicParts(one, new SparseGuestMemory([])).Configurations;
        var next = IntId.FirstLpi;

        AssertNoGarbage(() =>
        {
            var lpi = new IntId(next++);
            configurations.AddMapping(lpi, 0, default);
            configurations.AddMapping(lpi, 0, default);
            configurations.RemoveMapping(lpi);
            configurations.RemoveMapping(lpi);
        });
    }

    private static long BytesOfMappingAgain()
    {
        var guest = Guest.Started(Direct);
        guest.Map(0, 0, 8192);
        var written = guest.Queue(0, GuestCommand.Mapti(0, 0, 8192, 0));
        var before = GC.GetAllocatedBytesForCurrentThread();
        guest.Gic.WriteRegister(new FrameLocation(FrameKind.Gits, 0, GitsOffset.Cwriter), 8, written);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static void AssertNoGarbage(Action round)
    {
        round(); // warms up
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var number = 0; number < RoundCount; number++)
        {
            round();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
