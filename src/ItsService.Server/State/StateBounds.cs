using ItsService.Core;
using ItsService.Core.Identifiers;
using ItsService.Server.Errors;

namespace ItsService.Server.State;

/// <summary>
/// How many elements the lists of a saved state may have together, by the VM that takes it: what goes beyond would be
/// refused anyway, but only after an object had been made for each.
/// </summary>
internal sealed class StateBounds
{
    private const int ProfileValuesMax = 256;
    private const int IntIdsOfBank = 32;
    private const int ConfigurationRegisters = 2;
    private const int ActivePriorityRegisters = 4;
    private const int Basers = 8;
    private const int LpisOfBlock = 256;
    private const int IntIdBitsMax = 24;
    private const int IntIdLinesMax = 1024;
    private const int TableIdBitsMax = 16;

    private readonly long[] _limits;

    private StateBounds(long vcpus, long services, int lines, long collections, long devices, int intIdBits)
    {
        var spis = lines - IntIdsOfBank;
        var lpis = (1L << intIdBits) - IntId.FirstLpi;
        var limits = new Dictionary<string, long>
        {
            ["shape.profile_values"] = ProfileValuesMax,
            ["shape.affinities"] = VirtualGicConfiguration.VcpuCountMax,
            ["distributor.spi_banks"] = spis / IntIdsOfBank,
            ["distributor.spi_banks.configuration"] = spis / IntIdsOfBank * ConfigurationRegisters,
            ["distributor.routes"] = spis,
            ["redistributors"] = vcpus,
            ["redistributors.private_interrupts.configuration"] = vcpus * ConfigurationRegisters,
            ["cpu_interfaces"] = vcpus,
            ["cpu_interfaces.active_priorities0"] = vcpus * ActivePriorityRegisters,
            ["cpu_interfaces.active_priorities1"] = vcpus * ActivePriorityRegisters,
            ["its"] = services,
            ["its.basers"] = services * Basers,
            ["its.collections"] = services * collections,
            ["its.devices"] = devices,
            ["lpis.blocks"] = (1L << intIdBits) / LpisOfBlock,
            ["lpis.owners"] = lpis,
        };
        _limits = [.. Outline.Places.Select(place => place.Field.IsRepeated ? limits[place.Path] : 0)];
    }

    /// <summary>The places that there are limits for.</summary>
    public static MessageOutline Outline { get; } = MessageOutline.Of(V1.SavedState.Descriptor);

    /// <summary>What every state keeps to.</summary>
    public static StateBounds OfAny { get; } = new(
        VirtualGicConfiguration.VcpuCountMax,
        VirtualGicConfiguration.ItsCountMax,
        IntIdLinesMax,
        1L << TableIdBitsMax,
        new VirtualGicConfiguration { Affinities = [] }.MappedDevicesMax,
        IntIdBitsMax);

    /// <summary>What the states of a VM keep to.</summary>
    public static StateBounds Of(VirtualGicConfiguration vm) => new(
        vm.Affinities.Count,
        vm.ItsCount,
        vm.Profile.IntIdLines,
        1L << vm.Profile.CollectionIdBits,
        Math.Min(vm.MappedDevicesMax, (long)vm.ItsCount << vm.Profile.DeviceIdBits),
        vm.Profile.IntIdBits);

    /// <summary>Looks through a message, as far as it keeps to this.</summary>
    public MessageWalk Walk() => new(Outline, _limits);

    /// <summary>Tells every list that is longer than this.</summary>
    public void Check(IReadOnlyList<long> counts, RequestProblems problems)
    {
        foreach (var place in Outline.Places.Where(place => place.Field.IsRepeated))
        {
            if (counts[place.Slot] > _limits[place.Slot])
            {
                problems.Add(TooMany(place, place.Path));
            }
        }
    }

    /// <summary>That a list is longer than this.</summary>
    public Problem TooMany(FieldPlace place, string path) =>
        new(V1.ErrorReason.OutOfRange, path, $"a state has no more than {_limits[place.Slot]} of them")
        {
            Accepted = $"at most {_limits[place.Slot]} in all",
        };
}
