using Grpc.Core;
using ItsService.Core;
using ItsService.Core.Identifiers;
using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.Attributes;

/// <summary>From a DeviceAttribute to a place; what KVM checks before it looks at the state.</summary>
internal static class AttributeReader
{
    private const string Field = "attribute";
    private const string GroupsOfIts = "0 ADDR, 4 CTRL or 8 ITS_REGS";
    private const string GroupsOfController =
        "0 ADDR, 1 DIST_REGS, 4 CTRL, 5 REDIST_REGS, 6 CPU_SYSREGS or 7 LEVEL_INFO; or set its, for an attribute of an"
        + " ITS";

    /// <summary>The path of the attribute's number.</summary>
    public const string AttrField = $"{Field}.attr";

    /// <summary>The place.</summary>
    /// <exception cref="RpcException">There is no such device or group.</exception>
    public static AttributePlace Read(VmHost vm, V1.DeviceAttribute? attribute) =>
        TryRead(vm.Shape, attribute, out var place) is { } problem ? throw Refusal.Of(vm.Name, problem) : place;

    /// <summary>The same where only that is asked whether the attribute exists: lines do, of whichever vCPU.</summary>
    /// <exception cref="RpcException">There is no such device or group.</exception>
    public static AttributePlace ReadToFind(VmHost vm, V1.DeviceAttribute? attribute) =>
        attribute is { HasIts: false, Group: (uint)AttributeGroup.LineLevels }
            ? new AttributePlace(Its: null, AttributeGroup.LineLevels, attribute.Attr, default)
            : Read(vm, attribute);

    /// <summary>Refuses a value that is wider than the attribute.</summary>
    /// <exception cref="RpcException">It is.</exception>
    public static void CheckWidth(VmHost vm, AttributePlace place, ulong value)
    {
        if (TooWide(place, value) is { } problem)
        {
            throw Refusal.Of(vm.Name, problem);
        }
    }

    /// <summary>What is to say of a value that is wider than the attribute; null of one that is not.</summary>
    public static Problem? TooWide(AttributePlace place, ulong value) => place.IsWord && value > uint.MaxValue
        ? new Problem(V1.ErrorReason.OutOfRange, "value", $"0x{value:X} does not fit in 32 bits")
        {
            Accepted = "0..0xFFFFFFFF",
        }
        : null;

    /// <summary>The place, or why there is none.</summary>
    public static Problem? TryRead(
        VirtualGicConfiguration shape, V1.DeviceAttribute? attribute, out AttributePlace place)
    {
        place = default;
        if (attribute is null)
        {
            return new Problem(V1.ErrorReason.Required, Field, "the attribute is missing");
        }

        if (attribute.HasIts && attribute.Its >= shape.ItsCount)
        {
            return new Problem(V1.ErrorReason.OutOfRange, $"{Field}.its", $"there is no ITS {attribute.Its}")
            {
                Accepted = shape.ItsCount == 1 ? "0" : $"0..{shape.ItsCount - 1}",
            };
        }

        var group = (AttributeGroup)attribute.Group;
        if (!(attribute.HasIts ? IsOfIts(group) : IsOfController(group)))
        {
            var device = attribute.HasIts ? "an ITS" : "the controller";
            return new Problem(
                V1.ErrorReason.UnknownAttribute, $"{Field}.group", $"{device} has no group {attribute.Group}")
            {
                Accepted = attribute.HasIts ? GroupsOfIts : GroupsOfController,
                Errno = Errno.NoSuchRegister,
            };
        }

        var vcpu = default(VcpuIndex);
        var isOfVcpu = group is AttributeGroup.RedistributorRegisters or AttributeGroup.SystemRegisters
            or AttributeGroup.LineLevels;
        if (isOfVcpu && !TryFindVcpu(shape, attribute.Attr, out vcpu))
        {
            return new Problem(
                V1.ErrorReason.OutOfRange, AttrField, $"no vCPU has the affinity 0x{attribute.Attr >> 32:X8}")
            {
                Accepted = "an affinity of VmSpec.vcpus in bits [63:32]",
                Errno = Errno.InvalidValue,
            };
        }

        place = new AttributePlace(attribute.HasIts ? (int)attribute.Its : null, group, attribute.Attr, vcpu);
        return null;
    }

    private static bool IsOfIts(AttributeGroup group) =>
        group is AttributeGroup.Address or AttributeGroup.Control or AttributeGroup.ItsRegisters;

    private static bool IsOfController(AttributeGroup group) =>
        group is AttributeGroup.Address or AttributeGroup.DistributorRegisters or AttributeGroup.Control
            or AttributeGroup.RedistributorRegisters or AttributeGroup.SystemRegisters or AttributeGroup.LineLevels;

    private static bool TryFindVcpu(VirtualGicConfiguration shape, ulong attr, out VcpuIndex vcpu)
    {
        var wanted = (uint)(attr >> 32);
        for (var index = 0; index < shape.Affinities.Count; index++)
        {
            if (shape.Affinities[index].Packed == wanted)
            {
                vcpu = new VcpuIndex(index);
                return true;
            }
        }

        vcpu = default;
        return false;
    }
}
