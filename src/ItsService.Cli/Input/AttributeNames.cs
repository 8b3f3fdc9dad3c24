using System.Globalization;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Input;

/// <summary>The names that stand for KVM's numbers: orders, places, and registers as the service lists them.</summary>
internal sealed class AttributeNames(ListRegistersResponse registers, VmSpec spec)
{
    private const uint AddressGroup = 0;
    private const uint CountGroup = 3;
    private const uint ControlGroup = 4;
    private const uint DistributorGroup = 1;
    private const uint RedistributorGroup = 5;
    private const uint SystemRegisterGroup = 6;
    private const uint LevelGroup = 7;
    private const uint ItsGroup = 8;
    private const string LevelsName = "LEVEL_INFO";
    private const uint IntIdsOfAttribute = 32;
    private const uint IntIdsMax = 992;

    private static readonly Dictionary<string, (uint Group, ulong Attr)> OfIts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ADDR"] = (AddressGroup, 4),
        ["INIT"] = (ControlGroup, 0),
        ["SAVE_TABLES"] = (ControlGroup, 1),
        ["RESTORE_TABLES"] = (ControlGroup, 2),
        ["RESET"] = (ControlGroup, 4),
    };

    private static readonly Dictionary<string, (uint Group, ulong Attr)> OfController =
        new(StringComparer.OrdinalIgnoreCase)
        {
            ["DIST"] = (AddressGroup, 2),
            ["REDIST"] = (AddressGroup, 3),
            ["REDIST_REGION"] = (AddressGroup, 5),
            ["NR_IRQS"] = (CountGroup, 0),
            ["INIT"] = (ControlGroup, 0),
            ["SAVE_PENDING_TABLES"] = (ControlGroup, 3),
        };

    /// <exception cref="UsageException">The device has no attribute of this name.</exception>
    public AttributeArgument Find(AttributeDevice device, string name)
    {
        var found = device.Kind switch
        {
            AttributeDeviceKind.Its => FindFixed(device, OfIts, name) ?? FindInFrame(device, Frame.Gits, name),
            AttributeDeviceKind.Vcpu => FindSystemRegister(device, name) ?? FindLevels(device, name)
                ?? FindInFrame(device, Frame.Gicr, name),
            _ => FindFixed(device, OfController, name) ?? FindInFrame(device, Frame.Gicd, name),
        };
        return found ?? throw new UsageException(
            $"'{name}' is no attribute of {device.Text}: write {Examples(device.Kind)}, or --group and --attr");
    }

    /// <summary>By KVM's numbers; of a vCPU the affinity is added.</summary>
    /// <exception cref="UsageException">There is no room for the affinity.</exception>
    public AttributeArgument Numbered(AttributeDevice device, uint group, ulong attr)
    {
        if (device.Kind == AttributeDeviceKind.Vcpu && attr > uint.MaxValue)
        {
            throw new UsageException(
                $"--attr 0x{attr:x} has more than 32 bits: {device.Text} puts the vCPU's affinity above them");
        }

        var name = $"group {group}, attr 0x{attr:x}";
        return new AttributeArgument(name, Id(device, group, attr), IsOrder: group == ControlGroup);
    }

    private static string Examples(AttributeDeviceKind kind) => kind switch
    {
        AttributeDeviceKind.Its => $"GITS_CBASER, {string.Join(", ", OfIts.Keys)}",
        AttributeDeviceKind.Vcpu => "GICR_CTLR, ICC_PMR_EL1, LEVEL_INFO32",
        _ => $"GICD_CTLR, {string.Join(", ", OfController.Keys)}",
    };

    private AttributeArgument? FindFixed(
        AttributeDevice device, Dictionary<string, (uint Group, ulong Attr)> names, string name) =>
        names.TryGetValue(name, out var number)
            ? new AttributeArgument(
                name.ToUpperInvariant(),
                Id(device, number.Group, number.Attr),
                IsOrder: number.Group == ControlGroup)
            : null;

    private AttributeArgument? FindSystemRegister(AttributeDevice device, string name)
    {
        var row = registers.SystemRegisters.FirstOrDefault(
            register => register.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        return row is null ? null : new AttributeArgument(row.Name, Id(device, SystemRegisterGroup, row.Encoding));
    }

    /// <summary>The lines of 32 INTIDs, of which the name has the first: of PPIs with 0.</summary>
    private AttributeArgument? FindLevels(AttributeDevice device, string name)
    {
        if (!name.StartsWith(LevelsName, StringComparison.OrdinalIgnoreCase)
            || !uint.TryParse(
                name.AsSpan(LevelsName.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var first))
        {
            return null;
        }

        return first <= IntIdsMax && first % IntIdsOfAttribute == 0
            ? new AttributeArgument(
                string.Create(CultureInfo.InvariantCulture, $"{LevelsName}{first}"), Id(device, LevelGroup, first))
            : throw new UsageException($"'{name}': the number of the first INTID is a multiple of 32, 0..{IntIdsMax}");
    }

    private AttributeArgument? FindInFrame(AttributeDevice device, Frame frame, string name)
    {
        foreach (var row in registers.Registers.Where(row => row.Frame == frame))
        {
            for (var number = 0u; number < Math.Max(1, row.Count); number++)
            {
                var rowName = row.Name.Replace("<n>", $"{row.FirstNumber + number}", StringComparison.Ordinal);
                if (rowName.Equals(name, StringComparison.OrdinalIgnoreCase))
                {
                    return InFrame(device, frame, rowName, row.Offset + (number * row.StrideBytes), row.WidthBytes);
                }
            }
        }

        return null;
    }

    private AttributeArgument InFrame(AttributeDevice device, Frame frame, string name, uint offset, uint widthBytes)
    {
        if (frame == Frame.Gits)
        {
            return new AttributeArgument(name, Id(device, ItsGroup, offset));
        }

        var group = frame == Frame.Gicr ? RedistributorGroup : DistributorGroup;
        DeviceAttributeId? high = widthBytes == 8 ? Id(device, group, offset + 4) : null;
        return new AttributeArgument(name, Id(device, group, offset), high);
    }

    private DeviceAttributeId Id(AttributeDevice device, uint group, ulong attr) => device.Kind switch
    {
        AttributeDeviceKind.Its => DeviceAttributeId.OfIts(new ItsIndex(device.Number), group, attr),
        AttributeDeviceKind.Vcpu =>
            DeviceAttributeId.OfController(group, ((ulong)AffinityOf(device) << 32) | (uint)attr),
        _ => DeviceAttributeId.OfController(group, attr),
    };

    private uint AffinityOf(AttributeDevice device) => device.Number < spec.Vcpus.Count
        ? spec.Vcpus[(int)device.Number].Affinity
        : throw new InputException($"there is no vCPU {device.Number}; the VM has {spec.Vcpus.Count}");
}
