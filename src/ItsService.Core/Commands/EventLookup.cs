using ItsService.Core.Identifiers;
using ItsService.Core.Tables;

namespace ItsService.Core.Commands;

/// <summary>
/// Finds the event that a command names, with the checks in the order of commands section 6: DeviceID in range, device
/// mapped, EventID in range, event mapped.
/// </summary>
internal readonly ref struct EventLookup
{
    private EventLookup(CommandResult failure) => Failure = failure;

    private EventLookup(MappedDevice device, InterruptTranslationEntry entry)
    {
        Device = device;
        Entry = entry;
    }

    public bool IsFound => Entry.IsMapped;

    /// <summary>What stood in the way, when the event was not found: the command ends so.</summary>
    public CommandResult Failure { get; }

    public MappedDevice Device { get; } = null!;

    public InterruptTranslationEntry Entry { get; }

    public static EventLookup Find(
        InterruptTranslationService service, DeviceId deviceId, EventId eventId, in EventLookupErrors errors)
    {
        if (service.Devices[deviceId.Value] is not { } device)
        {
            return new EventLookup(
                MissingDevice.Classify(service, deviceId, errors.DeviceOutOfRange, errors.UnmappedDevice));
        }

        var entry = device.Events[eventId.Value];
        return entry.IsMapped ? new EventLookup(device, entry)
            : new EventLookup(device.IsInRange(eventId) ? errors.UnmappedInterrupt : errors.IdOutOfRange);
    }
}
