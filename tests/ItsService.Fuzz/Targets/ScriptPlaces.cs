using ItsService.Fuzz.Machines;

namespace ItsService.Fuzz.Targets;

/// <summary>What a step's place and index mean.</summary>
internal static class ScriptPlaces
{
    private const int PlaceKinds = 9;

    /// <summary>The address of eight bytes of a table: which one by the place, how far in by the index.</summary>
    public static ulong Address(Machine machine, ScriptStep step)
    {
        var (kind, number) = (step.Place % PlaceKinds, step.Place / PlaceKinds);
        var its = number % machine.ItsCount;
        var start = kind switch
        {
            0 => Places.DeviceTable(its),
            1 => Places.DevicePage(its, number / machine.ItsCount % 3),
            2 => Places.CollectionTable(its),
            3 => Places.CollectionPage(its, 0),
            4 => Places.Itt(its, number / machine.ItsCount % Guest.DeviceCount),
            5 => Places.ConfigurationTable,
            6 => Places.PendingTable(number % machine.VcpuCount) + (Guest.FirstLpi / 8),
            7 => Places.Queue(its),
            _ => Places.Rom,
        };
        return start + (8UL * step.Index);
    }

    /// <summary>A register that exists: the group by the place, which one by the index.</summary>
    public static AttributeRegister Register(Machine machine, ScriptStep step)
    {
        var group = (AttributeGroup)(step.Place % 4);
        var places = AttributeRegisters.PlacesOf(group);
        return new AttributeRegister(
            group, step.Place / 4 % AttributeRegisters.CountOf(group, machine), places[step.Index % places.Count]);
    }

    /// <summary>Any offset or encoding at all.</summary>
    public static AttributeRegister Anywhere(Machine machine, ScriptStep step)
    {
        var group = (AttributeGroup)(step.Place % 4);
        var place = group == AttributeGroup.Its && step.Place >= 128 ? -step.Index : step.Index << (step.Place / 64);
        return new AttributeRegister(
            group, step.Place / 4 % AttributeRegisters.CountOf(group, machine), place);
    }
}
