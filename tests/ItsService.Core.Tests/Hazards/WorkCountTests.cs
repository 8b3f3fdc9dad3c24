using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Hazards;

/// <summary>
/// What a command counts for in a step: one, one more for four LPIs that it touches, and four for each 256 LPIs that it
/// compares.
/// </summary>
public class WorkCountTests
{
    private const uint Many = 256;
    private const int ChunkCost = 16 / 4;

    [Fact]
    public void Invall_counts_what_changed() =>
        AssertCost(1 + ChunkCost + ((int)Many / 4), GuestCommand.Invall(0), () =>
        {
            var guest = WithLpis(Many);
            guest.Fill(Places.ConfigurationTable, (int)Many, 0x41);
            return guest;
        });

    [Fact]
    public void Invall_counts_next_to_nothing_for_what_is_as_it_was() =>
        AssertCost(1 + ChunkCost, GuestCommand.Invall(0), () => WithLpis(Many));

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 8)] // all 64 vCPUs are asked for each LPI, at an eighth of an LPI
    public void Invall_counts_the_search_for_lpis_that_are_pending_at_several(int vcpuCount, int searchCost) =>
        AssertCost(1 + ChunkCost + ((16 + (16 * searchCost)) / 4), GuestCommand.Invall(0), () =>
        {
            var profile = GicProfiles.Kvm with { DirectLpis = true };
            var guest = WithLpis(16, new GuestOptions { Profile = profile, VcpuCount = 64, InlineCommandsMax = 1 });
            for (var lpi = 8192u; lpi < 8192 + 16; lpi++)
            {
                for (var vcpu = 0; vcpu < vcpuCount; vcpu++)
                {
                    guest.Gicr(vcpu).Write64(GicrOffset.Setlpir, lpi);
                }
            }

            guest.Fill(Places.ConfigurationTable, 16, 0x41);
            return guest;
        });

    [Fact]
    public void Mapc_counts_the_lpis_that_it_reads_and_those_pending_at_the_old_target() =>
        AssertCost(1 + ChunkCost + ((int)Many / 4), GuestCommand.Mapc(0, 1), WithPendingLpis);

    [Theory]
    [InlineData(0u)] // where the collection is
    [InlineData(3u)] // a vCPU with LPIs disabled
    public void Mapc_that_may_not_move_anything_counts_one(uint target) =>
        AssertCost(1, GuestCommand.Mapc(0, target), WithPendingLpis);

    private static Guest WithPendingLpis()
    {
        var guest = WithLpis(Many);
        guest.Gicr(3).Write32(GicrOffset.Ctlr, 0);
        for (var eventId = 0u; eventId < Many; eventId++)
        {
            guest.Signal(0, eventId);
        }

        return guest;
    }

    /// <summary>That many LPIs of device 0 in collection 0, which goes to vCPU 0.</summary>
    private static Guest WithLpis(uint count, GuestOptions? options = null)
    {
        var guest = Guest.Started(options ?? new GuestOptions { InlineCommandsMax = 1 });
        guest.Map(0, 0, 8192);
        for (var eventId = 1u; eventId < count; eventId++)
        {
            guest.Run(GuestCommand.Mapti(0, eventId, 8192 + eventId, 0));
        }

        return guest;
    }

    /// <summary>A budget of the cost is spent by the command; with one more, the next command runs too.</summary>
    private static void AssertCost(int cost, GuestCommand command, Func<Guest> prepare)
    {
        Assert.Equal(1, Executed(prepare(), command, cost));
        Assert.Equal(2, Executed(prepare(), command, cost + 1));
    }

    private static int Executed(Guest guest, GuestCommand command, int budget)
    {
        guest.Publish(0, GuestCommand.Sync(0), command, GuestCommand.Sync(0));
        return guest.Gic.Step(budget).ExecutedCount;
    }
}
