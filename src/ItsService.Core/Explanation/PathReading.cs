using ItsService.Core.Distributor;
using ItsService.Core.Identifiers;

namespace ItsService.Core.Explanation;

/// <summary>
/// Puts an explanation together: the steps first, then what holds the interrupt up, then what happened.
/// </summary>
internal static class PathReading
{
    // Until the steps are read.
    private static readonly InterruptExplanation Nothing = new() { Reason = NonDelivery.NotPending };

    /// <summary>The interrupt of a device's event.</summary>
    public static InterruptExplanation OfEvent(
        InterruptTranslationService service, DeviceId device, EventId eventId)
    {
        var explanation = TranslationReading.Read(Nothing, service, device, eventId);
        if (explanation.IntId is { } lpi)
        {
            explanation = LpiReading.Read(explanation, service.Parts, lpi);
        }

        return Complete(explanation, service.Parts, new MappedEvent(service.Number, device, eventId));
    }

    /// <summary>An LPI, by one of the events that map it.</summary>
    public static InterruptExplanation OfLpi(GicParts parts, IntId lpi)
    {
        var record = parts.Configurations.Record(lpi);
        var explanation = Nothing with { IntId = lpi };
        MappedEvent? mapping = null;
        if (record.IsMapped)
        {
            var (found, isCut) = MappingSearch.Find(parts, lpi, record);
            mapping = found.IsEmpty ? null : found[0];
            explanation = ReadTranslation(explanation, parts, mapping, record.Its, record.Collection) with
            {
                Mappings = found,
                IsSearchCut = isCut,
            };
        }

        explanation = LpiReading.Read(explanation, parts, lpi);
        return Complete(explanation, parts, mapping ?? LastMappingOf(parts, lpi));
    }

    /// <summary>An SGI, PPI or SPI; null where there is none of that number.</summary>
    public static InterruptExplanation? OfDirect(GicParts parts, IntId intId, VcpuIndex vcpu)
    {
        var number = (int)intId.Value;
        var isPrivate = intId.Value < InterruptBank.Size;
        var bank = isPrivate
            ? parts.Redistributors[vcpu.Value].PrivateInterrupts
            : parts.Distributor.FindSpi(intId, out number);
        return bank is null
            ? null
            : Complete(DirectReading.Read(Nothing, parts, bank, number, isPrivate ? vcpu : null), parts, null);
    }

    // Where the search for the event ended early, the collection that the LPI was given last still tells the rest.
    private static InterruptExplanation ReadTranslation(
        InterruptExplanation explanation, GicParts parts, MappedEvent? mapping, int its, CollectionId collection) =>
        mapping is { } found
            ? TranslationReading.Read(explanation, parts.Services[found.Its], found.Device, found.Event)
            : explanation with
            {
                Its = TranslationReading.ReadIts(parts.Services[its]),
                Collection = TranslationReading.ReadCollection(parts.Services[its], collection),
            };

    private static InterruptExplanation Complete(
        InterruptExplanation explanation, GicParts parts, MappedEvent? mapping) => explanation with
        {
            Reason = Obstacles.First(explanation),
            LastEvents = new MappingEvents(
                parts,
                mapping,
                explanation.Collection?.Collection,
                explanation.Redistributor?.Vcpu,
                explanation.IntId).Find(),
        };

    /// <summary>The event that an LPI was mapped for last, of one that none maps any more.</summary>
    private static MappedEvent? LastMappingOf(GicParts parts, IntId lpi)
    {
        for (var index = parts.History.Count - 1; index >= 0; index--)
        {
            ref readonly var executed = ref parts.History[index];
            if (MappingEvents.Maps(executed.Command, lpi))
            {
                return new MappedEvent(executed.Its, executed.Command.Device, executed.Command.Event);
            }
        }

        return null;
    }
}
