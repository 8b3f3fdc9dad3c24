using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Redistributors;
using ItsService.Core.Tables;

namespace ItsService.Core.Commands;

/// <summary>
/// What MAPTI and MAPI have in common. The collection need not be mapped yet. Where the event has a mapping,
/// the new one takes its place, and the LPI of the old one stays pending where it was.
/// </summary>
internal readonly record struct EventMapping(DeviceId Device, EventId Event, IntId Lpi, CollectionId Collection)
{
    public CommandResult Execute(InterruptTranslationService service, in EventMappingErrors errors)
    {
        if (service.Devices[Device.Value] is not { } device)
        {
            return MissingDevice.Classify(service, Device, errors.DeviceOutOfRange, errors.UnmappedDevice);
        }

        if (!device.IsInRange(Event))
        {
            return errors.IdOutOfRange;
        }

        if (!service.IsLpiInRangeForMapping(Lpi))
        {
            return errors.PhysicalIdOutOfRange;
        }

        if (!service.IsCollectionInTable(Collection))
        {
            return errors.CollectionOutOfRange;
        }

        var entry = new GuestRange(device.EntryAddress(Event), InterruptTranslationEntry.GuestSizeBytes);
        if (!service.Parts.Memory.ProbeForWriting(entry).IsOk)
        {
            return CommandResult.MemoryError(errors.IdOutOfRange);
        }

        return Map(service, device);
    }

    private CommandResult Map(InterruptTranslationService service, MappedDevice device)
    {
        var before = device.Events[Event.Value];
        if (!before.IsMapped && service.Parts.MappedEventCount >= service.Parts.Configuration.MappedEventsMax)
        {
            return CommandError.MappingLimit;
        }

        var reader = service.ConfigurationReaderFor(Lpi, Collection);
        var outcome = ReadConfiguration(service, reader, out var configuration);
        if (outcome.IsNotResident || (!outcome.IsOk && service.Parts.Profile.MaptiNeedsConfiguration))
        {
            return CommandResult.From(outcome);
        }

        if (service.Parts.Profile.MaptiNeedsPendingTable && !HasPlaceForPending(service))
        {
            return CommandResult.MemoryError(CommandError.TableMemory);
        }

        device.Events.Set(Event.Value, new InterruptTranslationEntry(Lpi, Collection));
        NoteMapping(service, before);
        if (reader is not null)
        {
            service.Parts.Configurations.Take(reader, Lpi, outcome, configuration);
        }

        return CommandResult.Done;
    }

    /// <summary>
    /// Whether the target's pending table could take the LPI. It is not read: while LPIs are enabled it is the
    /// redistributor that knows what is pending.
    /// </summary>
    private bool HasPlaceForPending(InterruptTranslationService service) =>
        service.Collections.Target(Collection) is not { } target
        || service.Parts.Redistributors[target.Value].HasPlaceForPending(Lpi);

    private void NoteMapping(InterruptTranslationService service, InterruptTranslationEntry before)
    {
        var configurations = service.Parts.Configurations;
        if (before.IsMapped && before.Lpi == Lpi)
        {
            configurations.ChangeOwner(Lpi, service.Number, Collection);
            return;
        }

        configurations.AddMapping(Lpi, service.Number, Collection);
        if (before.IsMapped)
        {
            configurations.RemoveMapping(before.Lpi);
        }
        else
        {
            service.Parts.MappedEventCount++;
        }
    }

    /// <summary>No fault while no redistributor has a table that covers the LPI.</summary>
    private MemoryOutcome ReadConfiguration(
        InterruptTranslationService service, Redistributor? reader, out LpiConfiguration configuration)
    {
        configuration = default;
        return reader is null
            ? MemoryOutcome.Ok
            : service.Parts.Configurations.Read(reader, Lpi, out configuration);
    }
}
