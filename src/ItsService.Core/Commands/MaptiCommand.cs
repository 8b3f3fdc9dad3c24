using ItsService.Core.Identifiers;

namespace ItsService.Core.Commands;

/// <summary>MAPTI binds an event to an LPI and a collection (commands 6.3).</summary>
/// <remarks>
/// <code>
/// DW0  63:32 DeviceID                    7:0 opcode 0x0A
/// DW1  63:32 pINTID                      31:0 EventID
/// DW2                                    15:0 ICID
/// </code>
/// </remarks>
internal readonly record struct MaptiCommand(DeviceId Device, EventId Event, IntId Lpi, CollectionId Collection)
    : ICommand<MaptiCommand>
{
    private static readonly EventMappingErrors Errors = new(
        CommandError.MaptiDeviceOutOfRange,
        CommandError.MaptiUnmappedDevice,
        CommandError.MaptiIdOutOfRange,
        CommandError.MaptiPhysicalIdOutOfRange,
        CommandError.MaptiCollectionOutOfRange);

    public static MaptiCommand Decode(in CommandPacket packet) =>
        new(packet.Device, packet.Event, packet.Lpi, packet.Collection);

    public CommandResult Execute(InterruptTranslationService service) =>
        new EventMapping(Device, Event, Lpi, Collection).Execute(service, Errors);
}
