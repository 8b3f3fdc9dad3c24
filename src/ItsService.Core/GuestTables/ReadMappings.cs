using ItsService.Core.Redistributors;
using ItsService.Core.State;

namespace ItsService.Core.GuestTables;

/// <summary>What the tables of an ITS hold, as far as it was read: nothing of it is in force yet.</summary>
/// <param name="devicesMax">How many devices may still be mapped.</param>
/// <param name="eventsMax">How many events.</param>
internal sealed class ReadMappings(long devicesMax, long eventsMax)
{
    /// <summary>Whether there is more than may be mapped: what is behind that is not looked at.</summary>
    public bool IsFull => HasTooManyDevices || HasTooManyEvents;

    public bool HasTooManyDevices => Devices.Count > devicesMax;

    public bool HasTooManyEvents => EventCount > eventsMax;

    /// <summary>The collections that are mapped.</summary>
    public List<CollectionState> Collections { get; } = [];

    /// <summary>The devices with their events.</summary>
    public List<DeviceState> Devices { get; } = [];

    /// <summary>The configurations of the events' LPIs, where one could be read.</summary>
    public List<(uint Lpi, LpiConfiguration Configuration)> Configurations { get; } = [];

    /// <summary>How many events the devices have.</summary>
    public long EventCount { get; set; }
}
