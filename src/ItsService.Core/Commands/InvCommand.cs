using ItsService.Core.Identifiers;

namespace ItsService.Core.Commands;

/// <summary>INV has the configuration of an event's LPI read anew (commands 6.7).</summary>
/// <remarks>
/// <code>
/// DW0  63:32 DeviceID                    7:0 opcode 0x0C
/// DW1                                    31:0 EventID
/// </code>
/// It works while the collection is not mapped, too. A byte that cannot be read leaves the configuration as it was.
/// </remarks>
internal readonly record struct InvCommand(DeviceId Device, EventId Event) : ICommand<InvCommand>
{
    private static readonly EventLookupErrors LookupErrors = new(
        CommandError.InvDeviceOutOfRange,
        CommandError.InvUnmappedDevice,
        CommandError.InvIdOutOfRange,
        CommandError.InvUnmappedInterrupt);

    public static InvCommand Decode(in CommandPacket packet) => new(packet.Device, packet.Event);

    public CommandResult Execute(InterruptTranslationService service)
    {
        var found = EventLookup.Find(service, Device, Event, LookupErrors);
        if (!found.IsFound)
        {
            return found.Failure;
        }

        return service.ConfigurationReaderFor(found.Entry.Lpi, found.Entry.Collection) is { } reader
            ? CommandResult.From(service.Parts.Configurations.Reload(reader, found.Entry.Lpi))
            : CommandResult.Done;
    }
}
