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
    /// <summary>
    /// Signals one. <paramref name="missing"/> is not empty when the entry that tells why it was dropped is not
    /// resident: a command then waits for it, and a message takes the more general reason.
    /// </summary>
    public static MsiResult Signal(
        InterruptTranslationService service, DeviceId deviceId, EventId eventId, out GuestRange missing)
    {
        missing = default;
        if (!service.IsEnabled)
        {
            return Dropped(MsiOutcome.DroppedItsDisabled);
        }

        if (service.Devices[deviceId.Value] is not { } device)
        {
            return Dropped(WhyNoDevice(service, deviceId, out missing));
        }

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

    private static MsiResult Dropped(MsiOutcome outcome) => new(AccessStatus.Ok, outcome);

    private static MsiOutcome WhyNoDevice(
        InterruptTranslationService service, DeviceId deviceId, out GuestRange missing)
    {
        missing = default;
        if (!service.IsDeviceIdImplemented(deviceId))
        {
            return MsiOutcome.DroppedDeviceOutOfRange;
        }

        var slot = service.DeviceTable.Locate(deviceId.Value, service.Parts.Memory);
        missing = slot.Missing;
        return slot.Status switch
        {
            TableSlotStatus.OutOfRange or TableSlotStatus.NotInRam => MsiOutcome.DroppedDeviceOutOfRange,
            TableSlotStatus.Level1Invalid or TableSlotStatus.Level1NotInRam => MsiOutcome.DroppedLevel1Invalid,
            _ => MsiOutcome.DroppedDeviceUnmapped,
        };
    }
}
