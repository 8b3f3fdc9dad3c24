using System.Collections.Immutable;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Tables;

namespace ItsService.Core.Explanation;

/// <summary>Reads the steps of a message's way through an ITS into an explanation.</summary>
internal static class TranslationReading
{
    /// <summary>The most numbers told to each side of one that is not mapped.</summary>
    private const int NearestMax = 4;

    public static InterruptExplanation Read(
        InterruptExplanation explanation, InterruptTranslationService service, DeviceId deviceId, EventId eventId)
    {
        var device = service.Devices[deviceId.Value];
        var (deviceStep, missing) = ReadDevice(service, deviceId, device);
        explanation = explanation with
        {
            Its = ReadIts(service),
            Device = deviceStep,
            Missing = missing ?? explanation.Missing,
            NearestDevices = device is not null
                ? []
                : [.. service.Devices.Nearest(deviceId.Value, NearestMax).Select(number => new DeviceId(number))],
        };
        return device is null ? explanation : ReadEvent(explanation, service, device, eventId);
    }

    public static ItsStep ReadIts(InterruptTranslationService service) => new()
    {
        Its = service.Number,
        IsEnabled = service.IsEnabled,
        IsQueueValid = service.Queue.Base.Valid,
        IsStalled = service.Queue.IsStalled,
        ReadOffset = service.Queue.ReadOffset,
        WriteOffset = service.Queue.WriteOffset,
    };

    public static CollectionStep ReadCollection(InterruptTranslationService service, CollectionId collection) =>
        new(collection, service.Collections.Target(collection));

    private static (DeviceStep Step, GuestRange? Missing) ReadDevice(
        InterruptTranslationService service, DeviceId deviceId, MappedDevice? device)
    {
        var table = service.DeviceTable;
        var slot = service.LocateDevice(deviceId);
        var (level1Address, level1Entry) = ReadLevel1(service, table, deviceId);
        var step = new DeviceStep
        {
            Device = deviceId,
            IsTableValid = table.HasMemory,
            TableAddress = table.Address,
            IsTwoLevel = table.IsTwoLevel,
            Level1Address = level1Address,
            Level1Entry = level1Entry,
            Place = slot.Status,
            EntryAddress = slot.IsFound ? slot.Address : null,
            IsMapped = device is not null,
            IttAddress = device?.IttAddress ?? default,
            EventIdBits = device?.EventIdBits ?? 0,
            EventCount = device?.Events.Count ?? 0,
        };
        return (step, slot.Status == TableSlotStatus.NotResident ? slot.Missing : null);
    }

    private static (GuestAddress? Address, ulong? Entry) ReadLevel1(
        InterruptTranslationService service, GuestTable table, DeviceId device)
    {
        if (!table.IsTwoLevel || !service.IsDeviceInTable(device))
        {
            return (null, null);
        }

        var address = table.Level1Address(device.Value / table.EntriesPerPage);
        return service.Parts.Memory.ReadUInt64(address, out var entry).IsOk ? (address, entry) : (address, null);
    }

    private static InterruptExplanation ReadEvent(
        InterruptExplanation explanation, InterruptTranslationService service, MappedDevice device, EventId eventId)
    {
        var entry = device.Events[eventId.Value];
        explanation = explanation with
        {
            Event = new EventStep
            {
                Event = eventId,
                IsInRange = device.IsInRange(eventId),
                IsMapped = entry.IsMapped,
                Lpi = entry.Lpi,
                Collection = entry.Collection,
                EntryAddress = device.EntryAddress(eventId),
            },
            IntId = entry.IsMapped ? entry.Lpi : null,
        };
        return entry.IsMapped
            ? explanation with { Collection = ReadCollection(service, entry.Collection) }
            : explanation with { NearestEvents = Nearest(device, eventId) };
    }

    private static ImmutableArray<EventId> Nearest(MappedDevice device, EventId eventId) =>
        [.. device.Events.Nearest(eventId.Value, NearestMax).Select(number => new EventId(number))];
}
