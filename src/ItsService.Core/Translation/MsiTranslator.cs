using ItsService.Core.Identifiers;
using ItsService.Core.Tables;

namespace ItsService.Core.Translation;

/// <summary>
/// From (DeviceID, EventID) to an LPI at a redistributor (commands section 8). A mapped event is found in a few loads
/// and without guest memory; only a message that is dropped for an unmapped device may read one level-1 entry, to tell
/// why (decision 0003).
/// </summary>
internal static class MsiTranslator
{
    public static MsiResult Signal(InterruptTranslationService service, DeviceId deviceId, EventId eventId)
    {
        if (!service.IsEnabled)
        {
            return Dropped(MsiOutcome.DroppedItsDisabled);
        }

        return service.Devices[deviceId.Value] is { } device
            ? Signal(service, device, eventId)
            : Dropped(OutcomeWithoutDevice(service.LocateDevice(deviceId)));
    }

    /// <summary>The steps that are left once the device is found.</summary>
    public static MsiResult Signal(InterruptTranslationService service, MappedDevice device, EventId eventId)
    {
        var entry = device.Events[eventId.Value];
        if (!entry.IsMapped)
        {
            return Dropped(device.IsInRange(eventId)
                ? MsiOutcome.DroppedEventUnmapped
                : MsiOutcome.DroppedEventOutOfRange);
        }

        if (service.Collections.Target(entry.Collection) is not { } target)
        {
            return new MsiResult(AccessStatus.Ok, MsiOutcome.DroppedCollectionUnmapped, entry.Lpi);
        }

        var outcome = service.Parts.Redistributors[target.Value].Lpis.Pend(entry.Lpi);
        return new MsiResult(AccessStatus.Ok, outcome, entry.Lpi, target);
    }

    /// <summary>Why a message is dropped whose device is not mapped, by what the device table says.</summary>
    public static MsiOutcome OutcomeWithoutDevice(TableSlot slot) => slot.Status switch
    {
        TableSlotStatus.OutOfRange or TableSlotStatus.NotInRam => MsiOutcome.DroppedDeviceOutOfRange,
        TableSlotStatus.Level1Invalid or TableSlotStatus.Level1NotInRam => MsiOutcome.DroppedLevel1Invalid,
        _ => MsiOutcome.DroppedDeviceUnmapped,
    };

    private static MsiResult Dropped(MsiOutcome outcome) => new(AccessStatus.Ok, outcome);
}
