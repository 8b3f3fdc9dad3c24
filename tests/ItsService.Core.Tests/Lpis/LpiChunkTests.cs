using ItsService.Core.Identifiers;
using ItsService.Core.Redistributors;

namespace ItsService.Core.Tests.Lpis;

/// <summary>What is remembered of 256 LPIs: how many there are, and whether one collection has them all.</summary>
public class LpiChunkTests
{
    private static readonly CollectionId First = new(1);
    private static readonly CollectionId Second = new(2);
    private static readonly VcpuIndex Vcpu = new(3);
    private static readonly LpiRecord Nothing = new(0);

    [Fact]
    public void Chunk_counts_what_is_present_and_what_was_never_read()
    {
        var chunk = new LpiChunk();
        chunk.Set(0, Mapped(First));
        chunk.Set(255, Mapped(First));
        Assert.Equal((2, 2), (chunk.PresentCount, chunk.UnknownCount));

        chunk.Set(255, Mapped(First).WithConfiguration());
        Assert.Equal((2, 1), (chunk.PresentCount, chunk.UnknownCount));

        chunk.Set(0, Nothing);
        Assert.Equal((1, 0), (chunk.PresentCount, chunk.UnknownCount));
    }

    [Fact]
    public void Lpi_that_is_forgotten_takes_its_configuration_with_it_and_no_others()
    {
        var chunk = new LpiChunk();
        foreach (var index in new[] { 7, 255 })
        {
            chunk.Set(index, Mapped(First).WithConfiguration());
            chunk.Set(index, new LpiConfiguration(0xA3));
        }

        chunk.Set(7, new LpiRecord(0).WithConfiguration());

        Assert.Equal(default, chunk.Record(7));
        Assert.Equal(default, chunk.Configuration(7));
        Assert.Equal(new LpiConfiguration(0xA3), chunk.Configuration(255));
    }

    [Fact]
    public void One_collection_that_has_mapped_all_answers_for_them()
    {
        var chunk = new LpiChunk();
        chunk.Set(0, Mapped(First));
        chunk.Set(1, Mapped(First).WithConfiguration());
        chunk.Set(2, Mapped(First).PendingOnlyAt(Vcpu));

        Assert.Equal(Mapped(First), chunk.CommonOwner);
    }

    [Fact]
    public void One_lpi_that_changes_its_collection_has_a_common_owner_still()
    {
        var chunk = new LpiChunk();
        chunk.Set(0, Mapped(First));
        chunk.Set(0, Mapped(Second));

        Assert.Equal(Mapped(Second), chunk.CommonOwner);
    }

    [Fact]
    public void Nobody_answers_for_lpis_of_two_collections_until_all_are_gone()
    {
        var chunk = new LpiChunk();
        chunk.Set(0, Mapped(First));
        chunk.Set(1, Mapped(Second));
        Assert.Null(chunk.CommonOwner);

        chunk.Set(2, Mapped(Second));
        Assert.Null(chunk.CommonOwner);

        chunk.Set(0, Nothing);
        Assert.Null(chunk.CommonOwner);

        chunk.Set(1, Nothing);
        chunk.Set(2, Nothing);
        chunk.Set(3, Mapped(First));
        Assert.Equal(Mapped(First), chunk.CommonOwner);
    }

    [Fact]
    public void Lpi_that_nothing_mapped_is_present_while_it_is_pending()
    {
        var chunk = new LpiChunk();
        chunk.AddPending(9, Vcpu);

        Assert.Equal(1, chunk.PresentCount);
        Assert.Equal(Vcpu, chunk.Record(9).PendingAt);
        Assert.False(chunk.TryRemovePending(9, PendingEnd.Acknowledged));
    }

    [Fact]
    public void Mapped_lpi_stops_being_pending_and_stays()
    {
        var chunk = new LpiChunk();
        chunk.Set(9, Mapped(First));
        chunk.AddPending(9, Vcpu);

        Assert.True(chunk.TryRemovePending(9, PendingEnd.Acknowledged));
        Assert.Equal(Mapped(First).PendingNowhere(PendingEnd.Acknowledged), chunk.Record(9));
        Assert.False(chunk.Record(9).IsPending);
        Assert.Equal(1, chunk.PresentCount);
    }

    [Fact]
    public void Lpi_is_read_when_its_record_says_so()
    {
        Assert.False(Mapped(First).IsConfigurationKnown);
        Assert.True(Mapped(First).WithConfiguration().IsConfigurationKnown);
    }

    [Fact]
    public void Record_can_be_shown() =>
        Assert.Contains("PendingAt = VcpuIndex { Value = 3 }", Mapped(First).PendingOnlyAt(Vcpu).ToString());

    private static LpiRecord Mapped(CollectionId collection) => new LpiRecord(0).WithOwner(0, collection);
}
