using ItsService.Core.Identifiers;

namespace ItsService.Core.Commands;

/// <summary>CLEAR takes the pending state of an event's LPI away (commands 6.8).</summary>
/// <remarks>
/// <code>
/// DW0  63:32 DeviceID                    7:0 opcode 0x04
/// DW1                                    31:0 EventID
/// </code>
/// </remarks>
internal readonly record struct ClearCommand(DeviceId Device, EventId Event) : ICommand<ClearCommand>
{
    private static readonly EventLookupErrors LookupErrors = new(
        CommandError.ClearDeviceOutOfRange,
        CommandError.ClearUnmappedDevice,
        CommandError.ClearIdOutOfRange,
        CommandError.ClearUnmappedInterrupt);

    public static ClearCommand Decode(in CommandPacket packet) => new(packet.Device, packet.Event);

    public CommandResult Execute(InterruptTranslationService service)
    {
        var found = EventLookup.Find(service, Device, Event, LookupErrors);
        if (!found.IsFound)
        {
            return found.Failure;
        }

        return service.ClearPending(found.Entry) ? CommandResult.Done : CommandError.ClearUnmappedCollection;
    }
}
