using ItsService.Core.Identifiers;

namespace ItsService.Core.Commands;

/// <summary>MAPI binds an event to the LPI of the same number and to a collection (commands 6.3).</summary>
/// <remarks>
/// <code>
/// DW0  63:32 DeviceID                    7:0 opcode 0x0B
/// DW1                                    31:0 EventID, which is the pINTID as well
/// DW2                                    15:0 ICID
/// </code>
/// </remarks>
internal readonly record struct MapiCommand(DeviceId Device, EventId Event, CollectionId Collection)
    : ICommand<MapiCommand>
{
    private static readonly EventMappingErrors Errors = new(
        CommandError.MapiDeviceOutOfRange,
        CommandError.MapiUnmappedDevice,
        CommandError.MapiIdOutOfRange,
        CommandError.MapiPhysicalIdOutOfRange,
        CommandError.MapiCollectionOutOfRange);

    public static MapiCommand Decode(in CommandPacket packet) => new(packet.Device, packet.Event, packet.Collection);

    public CommandResult Execute(InterruptTranslationService service) =>
        new EventMapping(Device, Event, new IntId(Event.Value), Collection).Execute(service, Errors);
}
