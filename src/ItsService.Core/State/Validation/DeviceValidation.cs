using System.Collections.Immutable;
using ItsService.Core.Identifiers;
using ItsService.Core.Registers;

namespace ItsService.Core.State.Validation;

/// <summary>The mapped devices of an ITS and their events.</summary>
internal static class DeviceValidation
{
    private static readonly ulong IttAddressMask = Bits.Mask(51, 8);

    /// <summary>Tells what is wrong; returns how many events there are.</summary>
    public static long FindProblems(
        ProblemList problems, string path, ImmutableArray<DeviceState> devices, InterruptTranslationService service)
    {
        if (devices.IsDefault)
        {
            problems.Add(path, "it is missing");
            return 0;
        }

        var events = 0L;
        var before = -1L;
        foreach (var device in devices)
        {
            var place = $"{path}[0x{device.Device:X}]";
            problems.AddUnless(device.Device > before, place, $"it stands behind 0x{before:X}");
            before = device.Device;
            events += FindProblems(problems, place, device, service);
        }

        return events;
    }

    private static long FindProblems(
        ProblemList problems, string place, DeviceState device, InterruptTranslationService service)
    {
        var profile = service.Parts.Profile;
        problems.AddUnless(
            service.IsDeviceInTable(new DeviceId(device.Device)), place, "the device table does not reach so far");
        problems.AddUnless(
            (device.IttAddress & ~IttAddressMask) == 0, place, $"0x{device.IttAddress:X} is no address of a table");
        problems.AddUnless(
            device.EventIdBits >= 1 && device.EventIdBits <= profile.EventIdBits,
            place,
            $"{device.EventIdBits} EventID bits are not 1..{profile.EventIdBits}");
        CheckEvents(problems, place, device, service);
        return device.Events.Length;
    }

    private static void CheckEvents(
        ProblemList problems, string path, DeviceState device, InterruptTranslationService service)
    {
        var eventLimit = 1UL << Math.Clamp(device.EventIdBits, 0, 32);
        var lpiLimit = 1UL << service.Parts.Profile.IntIdBits;
        var before = -1L;
        foreach (var (eventId, lpi, collection) in device.Events.Span)
        {
            if (eventId <= before || eventId >= eventLimit || !new IntId(lpi).IsLpi || lpi >= lpiLimit
                || !service.IsCollectionIdImplemented(new CollectionId(collection)))
            {
                problems.Add(
                    $"{path}.event[{eventId}]",
                    WhyWrong(eventId, before, eventLimit, lpi, lpiLimit) ?? $"collection {collection} is too large");
            }

            before = eventId;
        }
    }

    private static string? WhyWrong(uint eventId, long before, ulong eventLimit, uint lpi, ulong lpiLimit) =>
        eventId <= before ? $"it stands behind {before}"
        : eventId >= eventLimit ? $"the device has {eventLimit} events"
        : lpi < IntId.FirstLpi || lpi >= lpiLimit ? $"INTID {lpi} is no LPI below {lpiLimit}"
        : null;
}
