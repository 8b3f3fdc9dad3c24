using ItsService.Core.Identifiers;
using ItsService.Core.Tables;

namespace ItsService.Core.Commands;

/// <summary>MOVI gives an event to another collection, and takes its pending state along (commands 6.4).</summary>
/// <remarks>
/// <code>
/// DW0  63:32 DeviceID                    7:0 opcode 0x01
/// DW1                                    31:0 EventID
/// DW2                                    15:0 ICID
/// </code>
/// </remarks>
internal readonly record struct MoviCommand(DeviceId Device, EventId Event, CollectionId Collection)
    : ICommand<MoviCommand>
{
    private static readonly EventLookupErrors LookupErrors = new(
        CommandError.MoviDeviceOutOfRange,
        CommandError.MoviUnmappedDevice,
        CommandError.MoviIdOutOfRange,
        CommandError.MoviUnmappedInterrupt);

    public static MoviCommand Decode(in CommandPacket packet) => new(packet.Device, packet.Event, packet.Collection);

    public CommandResult Execute(InterruptTranslationService service)
    {
        var found = EventLookup.Find(service, Device, Event, LookupErrors);
        if (!found.IsFound)
        {
            return found.Failure;
        }

        if (!service.IsCollectionInTable(Collection))
        {
            return CommandError.MoviCollectionOutOfRange;
        }

        if (service.Collections.Target(found.Entry.Collection) is not { } source
            || service.Collections.Target(Collection) is not { } destination)
        {
            return CommandError.MoviUnmappedCollection;
        }

        return Move(service, found.Device, found.Entry, source, destination);
    }

    private CommandResult Move(
        InterruptTranslationService service,
        MappedDevice device,
        InterruptTranslationEntry entry,
        VcpuIndex source,
        VcpuIndex destination)
    {
        var redistributors = service.Parts.Redistributors;
        var loaded = source == destination
            ? CommandResult.Done
            : service.LoadConfiguration(entry.Lpi, redistributors[destination.Value]);
        if (loaded.IsNotResident)
        {
            return loaded;
        }

        device.Events.Set(Event.Value, entry.WithCollection(Collection));
        service.Parts.Configurations.ChangeOwner(entry.Lpi, service.Number, Collection);
        PendingTransfer.MoveOne(redistributors[source.Value], redistributors[destination.Value], entry.Lpi);
        return CommandResult.Done;
    }
}
