using ItsService.Core.Identifiers;
using ItsService.ReferenceModel;
using ItsService.Simulation.Running;

namespace ItsService.Simulation.Comparison;

/// <summary>The devices, events and collections that each ITS has mapped.</summary>
internal sealed class MappingComparison(ModelPair pair, VcpuSet vcpusInPlay)
{
    public void Compare()
    {
        for (var its = 0; its < pair.Shape.ItsCount; its++)
        {
            CompareCollections(its);
            CompareDevices(its);
        }
    }

    private void CompareCollections(int its)
    {
        using var reference = pair.Reference.MappedCollections(its).GetEnumerator();
        foreach (var (collection, target) in pair.Core.Inspection.Collections(its))
        {
            var core = KeyValuePair.Create(collection.Value, target.Value);
            var expected = reference.MoveNext() ? reference.Current : default(KeyValuePair<uint, int>?);
            if (expected is not { } found || found.Key != core.Key || found.Value != core.Value)
            {
                throw Differs("collection, vCPU", its, core, expected);
            }

            vcpusInPlay.Add(target.Value);
        }

        if (reference.MoveNext())
        {
            throw Differs("collection, vCPU", its, null, reference.Current);
        }
    }

    private void CompareDevices(int its)
    {
        using var reference = pair.Reference.MappedDevices(its).GetEnumerator();
        foreach (var device in pair.Core.Inspection.Devices(its))
        {
            var expected = reference.MoveNext() ? reference.Current : null;
            if (expected is null
                || expected.DeviceId != device.Device.Value
                || expected.IttAddress != device.IttAddress.Value
                || expected.EventIdBits != device.EventIdBits)
            {
                throw Differs("device", its, device, expected);
            }

            CompareEvents(its, expected);
        }

        if (reference.MoveNext())
        {
            throw Differs("device", its, null, reference.Current);
        }
    }

    private void CompareEvents(int its, ReferenceDevice device)
    {
        using var reference = device.Events.GetEnumerator();
        foreach (var mapped in pair.Core.Inspection.Events(its, new DeviceId(device.DeviceId)))
        {
            var core = KeyValuePair.Create(
                mapped.Event.Value, new ReferenceEvent(mapped.Lpi.Value, mapped.Collection.Value));
            var expected = reference.MoveNext()
                ? reference.Current
                : default(KeyValuePair<uint, ReferenceEvent>?);
            if (expected is not { } found || found.Key != core.Key || found.Value != core.Value)
            {
                throw Differs($"event of device 0x{device.DeviceId:X}", its, core, expected);
            }
        }

        if (reference.MoveNext())
        {
            throw Differs($"event of device 0x{device.DeviceId:X}", its, null, reference.Current);
        }
    }

    private static DifferenceFoundException Differs(string what, int its, object? core, object? reference) =>
        DifferenceFoundException.Of(DifferenceKind.Mapping, $"{what} of ITS {its}", core, reference);
}
