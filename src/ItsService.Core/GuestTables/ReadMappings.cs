using ItsService.Core.Redistributors;
using ItsService.Core.State;

namespace ItsService.Core.GuestTables;

/// <summary>What the tables of an ITS hold, as far as it was read: nothing of it is in force yet.</summary>
internal sealed class ReadMappings
{
    /// <summary>The collections that are mapped.</summary>
    public List<CollectionState> Collections { get; } = [];

    /// <summary>The devices with their events.</summary>
    public List<DeviceState> Devices { get; } = [];

    /// <summary>The configurations of the events' LPIs, where one could be read.</summary>
    public List<(uint Lpi, LpiConfiguration Configuration)> Configurations { get; } = [];

    /// <summary>How many events the devices have.</summary>
    public long EventCount { get; set; }
}
