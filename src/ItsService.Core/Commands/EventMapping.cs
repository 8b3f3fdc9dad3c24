using ItsService.Core.Identifiers;
using ItsService.Core.Redistributors;
using ItsService.Core.Tables;

namespace ItsService.Core.Commands;

/// <summary>
/// What MAPTI and MAPI have in common. The collection need not be mapped yet. A mapping over a mapped event replaces
/// it; the old LPI's pending state stays where it is (design 4).
/// </summary>
internal readonly record struct EventMapping(DeviceId Device, EventId Event, IntId Lpi, CollectionId Collection)
{
    public CommandResult Execute(InterruptTranslationService service, in EventMappingErrors errors)
    {
        if (service.Devices[Device.Value] is not { } device)
        {
            return service.CanHoldDevice(Device) ? errors.UnmappedDevice : errors.DeviceOutOfRange;
        }

        if (!device.IsInRange(Event))
        {
            return errors.IdOutOfRange;
        }

        if (!service.IsLpiInRangeForMapping(Lpi))
        {
            return errors.PhysicalIdOutOfRange;
        }

        if (!service.IsCollectionIdImplemented(Collection) || !service.IsCollectionInTable(Collection))
        {
            return errors.CollectionOutOfRange;
        }

        var entryAddress = new GuestRange(device.EntryAddress(Event), InterruptTranslationEntry.GuestSizeBytes);
        if (!service.Parts.Memory.Probe(entryAddress).IsOk)
        {
            return errors.IdOutOfRange;
        }

        return Map(service, device);
    }

    private CommandResult Map(InterruptTranslationService service, MappedDevice device)
    {
        var isNew = !device.Events[Event.Value].IsMapped;
        if (isNew && service.Parts.MappedEventCount >= service.Parts.Configuration.MappedEventsMax)
        {
            return CommandError.EventLimit;
        }

        var reader = service.ConfigurationReaderFor(Lpi, Collection);
        var configuration = default(LpiConfiguration);
        if (reader is not null)
        {
            var outcome = service.Parts.Configurations.Read(reader, Lpi, out configuration);
            if (!outcome.IsOk)
            {
                return CommandResult.From(outcome, onFault: CommandError.TableMemory);
            }
        }

        service.Parts.MappedEventCount += isNew ? 1 : 0;
        device.Events.Set(Event.Value, new InterruptTranslationEntry(Lpi, Collection));
        service.Parts.Configurations.SetOwner(Lpi, service.Number, Collection);
        if (reader is not null)
        {
            service.Parts.Configurations.Store(Lpi, configuration);
        }

        return CommandResult.Done;
    }
}
