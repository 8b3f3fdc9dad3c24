namespace ItsService.Differential.Comparison;

/// <summary>What MAPD gave for a device.</summary>
internal readonly record struct MappedDevice(ulong IttAddress, int EventIdBits)
{
    public override string ToString() => $"ITT 0x{IttAddress:x}, {EventIdBits} EventID bits";
}

/// <summary>What MAPTI gave for an event.</summary>
internal readonly record struct MappedEvent(uint Lpi, uint Icid)
{
    public override string ToString() => $"INTID {Lpi}, ICID {Icid}";
}

/// <summary>What one controller has mapped, as far as the numbers of the sequence go.</summary>
internal sealed class TableContent
{
    public Dictionary<uint, MappedDevice> Devices { get; } = [];

    public Dictionary<(uint Device, uint Event), MappedEvent> Events { get; } = [];

    /// <summary>The CPU that each collection targets.</summary>
    public Dictionary<uint, int> Collections { get; } = [];
}

/// <summary>The pending LPIs of each CPU, in ascending order.</summary>
internal sealed record PendingSets(IReadOnlyList<IReadOnlyList<uint>> OfCpu);
