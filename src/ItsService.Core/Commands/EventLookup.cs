using ItsService.Core.Identifiers;
using ItsService.Core.Tables;

namespace ItsService.Core.Commands;

/// <summary>
/// Finds the event that a command names, with the checks in the order of commands section 6: DeviceID in range, device
/// mapped, EventID in range, event mapped.
/// </summary>
internal readonly ref struct EventLookup
{
    private EventLookup(CommandError error) => Error = error;

    private EventLookup(MappedDevice device, InterruptTranslationEntry entry)
    {
        Device = device;
        Entry = entry;
    }

    /// <summary>What stood in the way; None when the event was found.</summary>
    public CommandError Error { get; }

    public MappedDevice Device { get; } = null!;

    public InterruptTranslationEntry Entry { get; }

    public static EventLookup Find(
        InterruptTranslationService service, DeviceId deviceId, EventId eventId, in EventLookupErrors errors)
    {
        if (service.Devices[deviceId.Value] is not { } device)
        {
            return new EventLookup(service.CanHoldDevice(deviceId) ? errors.UnmappedDevice : errors.DeviceOutOfRange);
        }

        var entry = device.Events[eventId.Value];
        return entry.IsMapped ? new EventLookup(device, entry)
            : new EventLookup(device.IsInRange(eventId) ? errors.UnmappedInterrupt : errors.IdOutOfRange);
    }
}
