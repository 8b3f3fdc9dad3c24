using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Redistributors;

namespace ItsService.Core.Tests.Lpis;

/// <summary>
/// Where an LPI is pending is remembered beside it, so that a change of its configuration finds it; and one of which
/// nothing is left is forgotten.
/// </summary>
public class PendingPlaceTests
{
    private static readonly IntId Lpi = new(9000);
    private static readonly IntId OtherLpi = new(9001);
    private static readonly CollectionId Collection = new(5);
    private static readonly LpiConfiguration Enabled = new(0xA3);

    private readonly GicParts _parts = new(
        new VirtualGicConfiguration
        {
            Affinities = [.. Enumerable.Range(0, 4).Select(index => Affinity.Default(new(index)))],
        },
        new SparseGuestMemory([]));

    [Fact]
    public void Lpi_pending_at_one_vcpu_is_known_to_be_there_and_forgotten_with_it()
    {
        At(2).Add(Lpi);
        Assert.Equal(new VcpuIndex(2), _parts.Configurations.Record(Lpi).PendingAt);

        At(2).Remove(Lpi);

        AssertForgotten();
    }

    [Fact]
    public void Lpi_pending_at_three_vcpus_is_followed_until_it_is_nowhere()
    {
        At(0).Add(Lpi);
        At(1).Add(Lpi);
        At(3).Add(Lpi);
        Assert.True(_parts.Configurations.Record(Lpi).IsPendingAtSeveral);

        At(1).Remove(Lpi);
        Assert.True(_parts.Configurations.Record(Lpi).IsPendingAtSeveral);

        At(0).Remove(Lpi);
        Assert.Equal(new VcpuIndex(3), _parts.Configurations.Record(Lpi).PendingAt);

        At(3).Remove(Lpi);
        AssertForgotten();
    }

    [Fact]
    public void The_last_place_of_an_lpi_is_known_without_a_look_at_any_redistributor()
    {
        var configurations = _parts.Configurations;
        foreach (var vcpu in (int[])[0, 1, 3])
        {
            configurations.AddPending(Lpi, new(vcpu));
        }

        configurations.MovePending(Lpi, from: new(1), to: new(2));
        configurations.RemovePending(Lpi, new(0), PendingEnd.TakenAway);
        Assert.True(configurations.Record(Lpi).IsPendingAtSeveral);
        configurations.RemovePending(Lpi, new(3), PendingEnd.TakenAway);

        Assert.Equal(new VcpuIndex(2), configurations.Record(Lpi).PendingAt);
    }

    [Fact]
    public void Places_of_two_lpis_are_told_apart()
    {
        var configurations = _parts.Configurations;
        var other = new IntId(Lpi.Value + 4);
        foreach (var (lpi, vcpu) in ((IntId, int)[])[(Lpi, 0), (Lpi, 1), (other, 0), (other, 2)])
        {
            configurations.AddPending(lpi, new(vcpu));
        }

        configurations.RemovePending(Lpi, new(0), PendingEnd.TakenAway);
        configurations.RemovePending(other, new(0), PendingEnd.TakenAway);

        Assert.Equal(new VcpuIndex(1), configurations.Record(Lpi).PendingAt);
        Assert.Equal(new VcpuIndex(2), configurations.Record(other).PendingAt);
    }

    [Fact]
    public void Lpi_that_moves_to_where_it_is_pending_already_is_pending_there_alone()
    {
        At(0).Add(Lpi);
        At(1).Add(Lpi);

        At(0).MoveTo(At(1), Lpi);

        Assert.Equal(new VcpuIndex(1), _parts.Configurations.Record(Lpi).PendingAt);
        Assert.False(At(0).Contains(Lpi));
    }

    [Fact]
    public void Mapped_lpi_is_pending_nowhere_after_it_was_taken()
    {
        _parts.Configurations.AddMapping(Lpi, itsNumber: 0, Collection);
        At(0).Add(Lpi);
        At(1).Add(Lpi);
        At(0).Remove(Lpi);
        At(1).Remove(Lpi);

        Assert.Equal(
            new LpiRecord(0).WithOwner(0, Collection).PendingNowhere(PendingEnd.TakenAway),
            _parts.Configurations.Record(Lpi));
    }

    [Fact]
    public void Clear_forgets_what_was_pending_and_gives_its_room_back()
    {
        At(0).Add(Lpi);
        At(0).Add(OtherLpi);
        _parts.Configurations.Store(Lpi, Enabled);
        _parts.Configurations.Store(OtherLpi, Enabled);
        Assert.True(At(0).HasReady);

        At(0).Clear();

        AssertForgotten();
        Assert.False(At(0).HasReady);
        Assert.Equal(2, _parts.ChunkPool.FreeCount); // of the pending ones, and of those that waited for a better one
    }

    [Fact]
    public void Lpi_of_several_events_is_shared_while_more_than_one_is_left()
    {
        var configurations = _parts.Configurations;
        configurations.AddMapping(Lpi, 0, Collection);
        Assert.False(configurations.Record(Lpi).IsShared);

        configurations.AddMapping(Lpi, 0, Collection);
        configurations.AddMapping(Lpi, 0, Collection);
        configurations.RemoveMapping(Lpi);
        Assert.True(configurations.Record(Lpi).IsShared);

        configurations.RemoveMapping(Lpi);
        Assert.False(configurations.Record(Lpi).IsShared);
        Assert.Equal(new LpiRecord(0).WithOwner(0, Collection), configurations.Record(Lpi));
    }

    [Fact]
    public void Reset_leaves_nothing_of_what_was_known()
    {
        _parts.Configurations.AddMapping(Lpi, 0, Collection);
        _parts.Configurations.AddMapping(Lpi, 0, Collection);

        _parts.Configurations.Reset();

        Assert.Equal(0, _parts.Configurations.ChunkCount);
        Assert.Equal(default, _parts.Configurations.Record(Lpi));
    }

    private PendingLpis At(int vcpu) => _parts.Redistributors[vcpu].Lpis;

    private void AssertForgotten()
    {
        Assert.Equal(default, _parts.Configurations.Record(Lpi));
        Assert.Null(_parts.Configurations.Chunk(LpiConfigurations.ChunkNumber(Lpi)));
    }
}
