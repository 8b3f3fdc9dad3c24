namespace ItsService.ReferenceModel;

/// <summary>From (DeviceID, EventID) to a pending LPI: commands 8.</summary>
internal sealed class Translation(Its its)
{
    /// <summary>A message from a device. Unmapped ones are recorded in GITS_STATUSR.</summary>
    public ReferenceMessage Message(uint deviceId, uint eventId)
    {
        if (!its.Enabled)
        {
            return new(ReferenceMsiOutcome.DroppedItsDisabled, 0, -1);
        }

        var message = Pend(deviceId, eventId);
        its.Status.NoteUnmapped(deviceId, eventId, message.Outcome);
        return message;
    }

    /// <summary>The steps from 2 on, which INT takes as well.</summary>
    public ReferenceMessage Pend(uint deviceId, uint eventId)
    {
        if (!its.Devices.TryGetValue(deviceId, out var device))
        {
            return new(WhyNoDevice(deviceId), 0, -1);
        }

        if (eventId >= 1UL << device.EventIdBits)
        {
            return new(ReferenceMsiOutcome.DroppedEventOutOfRange, 0, -1);
        }

        if (!device.Events.TryGetValue(eventId, out var mapped))
        {
            return new(ReferenceMsiOutcome.DroppedEventUnmapped, 0, -1);
        }

        if (!its.Collections.TryGetValue(mapped.CollectionId, out var target))
        {
            return new(ReferenceMsiOutcome.DroppedCollectionUnmapped, mapped.Lpi, -1);
        }

        return new(its.Machine.Redistributors[target].Pend(mapped.Lpi), mapped.Lpi, target);
    }

    /// <summary>Decision 0003: only a message without a device reads guest memory, to tell why.</summary>
    private ReferenceMsiOutcome WhyNoDevice(uint deviceId)
    {
        if (deviceId >= 1UL << its.Machine.Profile.DeviceIdBits)
        {
            return ReferenceMsiOutcome.DroppedDeviceOutOfRange;
        }

        return its.DeviceTable.Locate(deviceId, out _) switch
        {
            TablePlace.AboveCapacity or TablePlace.EntryNotInRam => ReferenceMsiOutcome.DroppedDeviceOutOfRange,
            TablePlace.LevelOneNotInRam or TablePlace.LevelOneInvalid => ReferenceMsiOutcome.DroppedLevel1Invalid,
            _ => ReferenceMsiOutcome.DroppedDeviceUnmapped,
        };
    }
}
