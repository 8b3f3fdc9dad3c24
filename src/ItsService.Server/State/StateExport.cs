using Grpc.Core;
using ItsService.Core;
using ItsService.Core.Memory;
using ItsService.Core.State;
using ItsService.Server.Attributes;
using ItsService.Server.Errors;
using ItsService.Server.Hosting;

namespace ItsService.Server.State;

/// <summary>
/// A saved state as KVM's list of attributes. They are read from a controller that is given the state, by the code that
/// GetAttribute runs, so that it needs no gate; the tables are in the guest's memory already.
/// </summary>
internal static class StateExport
{
    // Group, attr and value at their widest, with the lengths before them.
    private const int AttributeBytesMax = 32;

    /// <summary>The list.</summary>
    public static V1.ExportedState Of(GicState state, VirtualGicConfiguration vm)
    {
        var gic = new VirtualGic(vm, new SparseGuestMemory([]));
        gic.Pause();
        if (gic.Persistence.Restore(state) is { Count: > 0 } problems)
        {
            throw new InvalidOperationException($"A state that was just saved is none: {problems[0]}.");
        }

        return new V1.ExportedState
        {
            ExportedBy = ServiceVersion.Text,
            Shape = StateShape.Of(vm),
            Attributes = { FramesOf(vm.Layout).Concat(ValuesOf(gic, vm)) },
        };
    }

    /// <summary>Refuses a list that no message has room for; it goes by the VM's shape, and is known before.</summary>
    /// <exception cref="RpcException">It is too long.</exception>
    public static void RefuseBeyond(int messageBytesMax, string vmName, VirtualGicConfiguration vm)
    {
        var bytes = (long)ExportedPlaces.Of(vm).Count() * AttributeBytesMax;
        if (bytes > messageBytesMax)
        {
            throw Refusal.Of(vmName, new Problem(
                V1.ErrorReason.LimitExceeded, "vm", $"its list of attributes may have {bytes} bytes")
            {
                Accepted = $"at most {messageBytesMax} bytes",
            });
        }
    }

    private static IEnumerable<V1.AttributeValue> FramesOf(FrameLayout layout)
    {
        if (layout.Distributor is { } distributor)
        {
            yield return Address(null, AddressAttribute.Distributor, distributor.Value);
        }

        for (var index = 0; index < layout.RedistributorRegions.Count; index++)
        {
            var region = RegionDescriptor.Of(layout.RedistributorRegions[index], index);
            yield return Address(null, AddressAttribute.RedistributorRegion, region);
        }

        for (var its = 0; its < layout.ItsBases.Count; its++)
        {
            if (layout.ItsBases[its] is { } start)
            {
                yield return Address(its, AddressAttribute.Its, start.Value);
            }
        }
    }

    private static IEnumerable<V1.AttributeValue> ValuesOf(VirtualGic gic, VirtualGicConfiguration vm)
    {
        foreach (var place in ExportedPlaces.Of(vm))
        {
            if (place.Group == AttributeGroup.Control)
            {
                yield return Value(place.Its, place.Group, place.Attr, 0);
            }
            else if (RegisterAttributes.Get(gic, place) is { Problems.Count: 0 } answer)
            {
                // Those that are refused are active priorities that there are not with so few priority bits.
                yield return Value(place.Its, place.Group, place.Attr, answer.Value);
            }
        }
    }

    private static V1.AttributeValue Address(int? its, ulong attr, ulong value) =>
        Value(its, AttributeGroup.Address, attr, value);

    private static V1.AttributeValue Value(int? its, AttributeGroup group, ulong attr, ulong value)
    {
        var attribute = new V1.DeviceAttribute { Group = (uint)group, Attr = attr };
        if (its is { } number)
        {
            attribute.Its = (uint)number;
        }

        return new V1.AttributeValue { Attribute = attribute, Value = value };
    }
}
