using ItsService.Simulation.Shapes;

namespace ItsService.Simulation.Generation;

/// <summary>A table of an ITS as software lays it out.</summary>
/// <param name="Baser">What GITS_BASERn is set to.</param>
/// <param name="Address">Where it lies.</param>
/// <param name="Bytes">How much of it there is.</param>
/// <param name="LevelOne">The level-1 entries that software writes: where, and what.</param>
internal sealed record TablePlan(
    ulong Baser, ulong Address, ulong Bytes, IReadOnlyList<(ulong Address, ulong Entry)> LevelOne)
{
    /// <summary>How many numbers it has room for.</summary>
    public required ulong Capacity { get; init; }
}

/// <summary>A device that software maps.</summary>
internal sealed record DevicePlan(
    uint DeviceId, ulong IttAddress, int EventIdBits, IReadOnlyList<uint> Events, IReadOnlyList<uint> OddEvents);

/// <summary>What is done to one ITS.</summary>
internal sealed record ItsPlan(
    int Index,
    TablePlan DeviceTable,
    TablePlan CollectionTable,
    ulong QueueAddress,
    int QueuePages,
    IReadOnlyList<DevicePlan> Devices,
    IReadOnlyList<uint> OddDevices,
    IReadOnlyList<uint> Collections,
    IReadOnlyList<uint> OddCollections)
{
    private const ulong Valid = 1UL << 63;

    /// <summary>What GITS_CBASER is set to.</summary>
    public ulong Cbaser => Valid | QueueAddress | (uint)(QueuePages - 1);

    /// <summary>The bytes of the queue.</summary>
    public int QueueBytes => QueuePages * 4096;
}

/// <summary>
/// The numbers and addresses that a run plays with: few, so that they meet again and again, and beside each kind of
/// good ones some odd ones at the edges of what there is.
/// </summary>
internal sealed record Plan(Shape Shape)
{
    /// <summary>Of a large queue only the beginning is played with: to run through all of it takes long.</summary>
    public const int QueueBytesInPlay = 0x2000;

    /// <summary>The vCPUs in play.</summary>
    public required IReadOnlyList<int> Vcpus { get; init; }

    /// <summary>The ITSs.</summary>
    public required IReadOnlyList<ItsPlan> Itss { get; init; }

    /// <summary>LPIs that the configuration table covers.</summary>
    public required IReadOnlyList<uint> Lpis { get; init; }

    /// <summary>SGIs.</summary>
    public required IReadOnlyList<uint> Sgis { get; init; }

    /// <summary>PPIs.</summary>
    public required IReadOnlyList<uint> Ppis { get; init; }

    /// <summary>SPIs; a distributor may have none.</summary>
    public required IReadOnlyList<uint> Spis { get; init; }

    /// <summary>INTIDs that are none, or too large.</summary>
    public required IReadOnlyList<uint> OddLpis { get; init; }

    /// <summary>The configuration tables: the one that is used, and another.</summary>
    public required IReadOnlyList<ulong> ConfigurationTables { get; init; }

    /// <summary>GICR_PROPBASER.IDbits plus one.</summary>
    public required int ConfigurationBits { get; init; }

    /// <summary>The pending tables, one for each vCPU in play.</summary>
    public required IReadOnlyList<ulong> PendingTables { get; init; }

    /// <summary>A vCPU's pending table; that of one that is not in play is another's.</summary>
    public ulong PendingTable(int vcpu)
    {
        for (var index = 0; index < Vcpus.Count; index++)
        {
            if (Vcpus[index] == vcpu)
            {
                return PendingTables[index];
            }
        }

        return PendingTables[0];
    }
}
