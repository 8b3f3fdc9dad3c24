using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Core.Registers;
using ItsService.Core.Userspace;

namespace ItsService.Fuzz.Machines;

/// <summary>Which group of device attributes a register is in.</summary>
internal enum AttributeGroup
{
    Its,
    Redistributor,
    Distributor,
    Cpu,
}

/// <summary>A register that attributes reach.</summary>
/// <param name="Group">Its group.</param>
/// <param name="Index">The number of the ITS or vCPU.</param>
/// <param name="Place">Its offset, or its encoding.</param>
internal readonly record struct AttributeRegister(AttributeGroup Group, int Index, long Place);

/// <summary>A register with a value.</summary>
internal readonly record struct AttributeValue(AttributeRegister Register, ulong Value);

/// <summary>The registers of a machine through device attributes.</summary>
internal static class AttributeRegisters
{
    private const int ArrayLengthMax = 8;

    private static readonly long[] ItsOffsets =
        [.. OffsetsOf(GitsMap.Map, width: 8).Where(offset => offset < GitsMap.TranslationFrameOffset)];

    private static readonly long[] RedistributorOffsets = [.. OffsetsOf(GicrMap.Map, width: 4)];
    private static readonly long[] DistributorOffsets = [.. OffsetsOf(GicdMap.Map, width: 4)];
    private static readonly long[] CpuEncodings = [.. SystemRegisterMap.Rows.Select(row => (long)row.Register)];

    /// <summary>Where registers of a group are, be they reachable or not.</summary>
    public static IReadOnlyList<long> PlacesOf(AttributeGroup group) => group switch
    {
        AttributeGroup.Its => ItsOffsets,
        AttributeGroup.Redistributor => RedistributorOffsets,
        AttributeGroup.Distributor => DistributorOffsets,
        _ => CpuEncodings,
    };

    /// <summary>How many ITSs or vCPUs a group has.</summary>
    public static int CountOf(AttributeGroup group, Machine machine) => group switch
    {
        AttributeGroup.Its => machine.ItsCount,
        AttributeGroup.Distributor => 1,
        _ => machine.VcpuCount,
    };

    /// <summary>All that can be read, in a fixed order.</summary>
    public static List<AttributeValue> Read(Machine machine)
    {
        var values = new List<AttributeValue>(capacity: 1024);
        foreach (var group in Enum.GetValues<AttributeGroup>())
        {
            for (var index = 0; index < CountOf(group, machine); index++)
            {
                foreach (var place in PlacesOf(group))
                {
                    var register = new AttributeRegister(group, index, place);
                    if (Read(machine, register) is { Error: UserspaceError.None } result)
                    {
                        values.Add(new AttributeValue(register, result.Value));
                    }
                }
            }
        }

        return values;
    }

    public static UserspaceResult Read(Machine machine, AttributeRegister register)
    {
        var userspace = machine.Gic.Userspace;
        var (group, index, place) = register;
        return group switch
        {
            AttributeGroup.Its => userspace.ReadItsRegister(index, place),
            AttributeGroup.Redistributor => userspace.ReadRedistributorRegister(new VcpuIndex(index), (uint)place),
            AttributeGroup.Distributor => userspace.ReadDistributorRegister((uint)place),
            _ => userspace.ReadSystemRegister(new VcpuIndex(index), (SystemRegister)place),
        };
    }

    public static UserspaceResult Write(Machine machine, AttributeRegister register, ulong value)
    {
        var userspace = machine.Gic.Userspace;
        var (group, index, place) = register;
        return group switch
        {
            AttributeGroup.Its => userspace.WriteItsRegister(index, place, value),
            AttributeGroup.Redistributor =>
                userspace.WriteRedistributorRegister(new VcpuIndex(index), (uint)place, (uint)value),
            AttributeGroup.Distributor => userspace.WriteDistributorRegister((uint)place, (uint)value),
            _ => userspace.WriteSystemRegister(new VcpuIndex(index), (SystemRegister)place, value),
        };
    }

    /// <summary>Of the long arrays of the distributor the two registers at either end are enough.</summary>
    private static IEnumerable<long> OffsetsOf(RegisterMap map, int width) => map.Rows.SelectMany(row =>
        Enumerable.Range(0, row.Count)
            .Where(index => row.Count <= ArrayLengthMax || index < 2 || index >= row.Count - 2)
            .SelectMany(index => Enumerable.Range(0, row.WidthBytes / Math.Min(width, row.WidthBytes))
                .Select(part => (long)row.Offset + (index * row.WidthBytes) + (part * width))));
}
