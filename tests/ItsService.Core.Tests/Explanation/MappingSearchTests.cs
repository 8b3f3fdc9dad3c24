using ItsService.Core.Explanation;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Redistributors;
using ItsService.Core.Tables;

namespace ItsService.Core.Tests.Explanation;

/// <summary>How far the events that map an LPI are looked for.</summary>
public class MappingSearchTests
{
    private static readonly IntId Lpi = new(8200);
    private static readonly CollectionId Collection = new(1);
    private static readonly LpiRecord Record = new LpiRecord(0).WithOwner(0, Collection);

    private readonly GicParts _parts = new(
        new VirtualGicConfiguration { Affinities = [default] }, new SparseGuestMemory([]));

    [Theory]
    [InlineData(MappingSearch.LookedAtMax - 2, true)]
    [InlineData(MappingSearch.LookedAtMax, false)]
    public void Devices_without_events_are_looked_at_too(int emptyCount, bool isFound)
    {
        for (var device = 0u; device < emptyCount; device++)
        {
            Map(device);
        }

        Map((uint)emptyCount, 3);

        var (found, isCut) = MappingSearch.Find(_parts, Lpi, Record);

        Assert.Equal(isFound, !isCut);
        Assert.Equal(
            isFound ? [new MappedEvent(0, new DeviceId((uint)emptyCount), new EventId(3))] : Array.Empty<MappedEvent>(),
            found);
    }

    [Fact]
    public void Events_that_share_an_lpi_are_told_in_their_order_wherever_they_lie()
    {
        Map(0x4000_0000, 0x9000_0000, 0x8000_0000, 1);
        Map(2, 5);

        var (found, isCut) = MappingSearch.Find(_parts, Lpi, Record.WithShared(true));

        Assert.True(isCut);
        Assert.Equal(
            [(2u, 5u), (0x4000_0000u, 1u), (0x4000_0000u, 0x8000_0000u), (0x4000_0000u, 0x9000_0000u)],
            found.Select(one => (one.Device.Value, one.Event.Value)));
    }

    private void Map(uint device, params uint[] events)
    {
        var mapped = new MappedDevice(new DeviceId(device), new GuestAddress(0), eventIdBits: 32);
        foreach (var eventId in events)
        {
            mapped.Events.Set(eventId, new InterruptTranslationEntry(Lpi, Collection));
        }

        _parts.Services[0].Devices.Set(device, mapped);
    }
}
