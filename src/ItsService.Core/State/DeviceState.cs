namespace ItsService.Core.State;

/// <summary>A mapped device (a DTE) with its events.</summary>
/// <param name="Device">Its DeviceID.</param>
/// <param name="IttAddress">Where the guest gave memory for its interrupt translation table.</param>
/// <param name="EventIdBits">The number of EventID bits, 1..32.</param>
/// <param name="Events">Its mapped events, in ascending order of their EventIDs.</param>
public sealed record DeviceState(
    uint Device, ulong IttAddress, int EventIdBits, ReadOnlyMemory<EventState> Events);
