using ItsService.Core.Identifiers;
using ItsService.Core.Memory;

namespace ItsService.Core.Commands;

/// <summary>DISCARD unmaps an event and takes the pending state of its LPI away (commands 6.6).</summary>
/// <remarks>
/// <code>
/// DW0  63:32 DeviceID                    7:0 opcode 0x0F
/// DW1                                    31:0 EventID
/// </code>
/// The event's entry in guest memory is zeroed, so that no restore brings it back.
/// </remarks>
internal readonly record struct DiscardCommand(DeviceId Device, EventId Event) : ICommand<DiscardCommand>
{
    private static readonly EventLookupErrors LookupErrors = new(
        CommandError.DiscardDeviceOutOfRange,
        CommandError.DiscardUnmappedDevice,
        CommandError.DiscardIdOutOfRange,
        CommandError.DiscardUnmappedInterrupt);

    public static DiscardCommand Decode(in CommandPacket packet) => new(packet.Device, packet.Event);

    public CommandResult Execute(InterruptTranslationService service)
    {
        var found = EventLookup.Find(service, Device, Event, LookupErrors);
        if (!found.IsFound)
        {
            return found.Failure;
        }

        if (service.Collections.Target(found.Entry.Collection) is not { } target)
        {
            return CommandError.DiscardUnmappedCollection;
        }

        var outcome = service.Parts.Memory.WriteUInt64(found.Device.EntryAddress(Event), 0);
        if (!outcome.IsOk)
        {
            return CommandResult.From(outcome);
        }

        service.Parts.Redistributors[target.Value].Lpis.Remove(found.Entry.Lpi);
        service.Parts.Counters.CountClearedLpis();
        found.Device.Events.Remove(Event.Value);
        service.Parts.Configurations.RemoveMapping(found.Entry.Lpi);
        service.Parts.MappedEventCount--;
        return CommandResult.Done;
    }
}
