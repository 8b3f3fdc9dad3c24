using System.Collections.Immutable;
using ItsService.Core.Identifiers;

namespace ItsService.Core.State.Validation;

/// <summary>
/// The ITSs: registers first, and what is mapped only where those are right, since they tell what may be.
/// </summary>
internal static class ItsValidation
{
    public static void FindProblems(ProblemList problems, ImmutableArray<ItsState> states, GicParts scratch)
    {
        var eventCount = 0L;
        var deviceCount = 0L;
        for (var number = 0; number < states.Length; number++)
        {
            var path = $"its[{number}]";
            if (!ItsRegisterValidation.AreRight(problems, path, states[number], scratch.Profile))
            {
                continue;
            }

            var service = scratch.Services[number];
            service.ControlFrame.Restore(states[number].ControlFrame);
            CheckCollections(problems, $"{path}.collection", states[number].Collections, service);
            deviceCount += states[number].Devices.IsDefault ? 0 : states[number].Devices.Length;
            eventCount += DeviceValidation.FindProblems(problems, $"{path}.device", states[number].Devices, service);
        }

        var (devicesMax, eventsMax) = (scratch.Configuration.MappedDevicesMax, scratch.Configuration.MappedEventsMax);
        problems.AddUnless(
            deviceCount <= devicesMax, "its", $"{deviceCount} devices are mapped, and {devicesMax} may be");
        problems.AddUnless(eventCount <= eventsMax, "its", $"{eventCount} events are mapped, and {eventsMax} may be");
    }

    private static void CheckCollections(
        ProblemList problems,
        string path,
        ImmutableArray<CollectionState> collections,
        InterruptTranslationService service)
    {
        if (collections.IsDefault)
        {
            problems.Add(path, "it is missing");
            return;
        }

        var before = -1L;
        foreach (var (collection, vcpu) in collections)
        {
            var place = $"{path}[{collection}]";
            problems.AddUnless(collection > before, place, $"it stands behind {before}");
            problems.AddUnless(
                service.IsCollectionInTable(new CollectionId(collection)),
                place,
                "the collection table does not reach so far");
            problems.AddUnless(
                (uint)vcpu < (uint)service.Parts.Redistributors.Length, place, $"there is no vCPU {vcpu}");
            before = collection;
        }
    }
}
