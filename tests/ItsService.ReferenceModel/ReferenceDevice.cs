namespace ItsService.ReferenceModel;

/// <summary>A mapped device.</summary>
/// <param name="DeviceId">Its DeviceID.</param>
/// <param name="IttAddress">Where MAPD said that its ITT lies.</param>
/// <param name="EventIdBits">How many bits its EventIDs have.</param>
/// <param name="Events">Its mapped events by EventID.</param>
public sealed record ReferenceDevice(
    uint DeviceId, ulong IttAddress, int EventIdBits, SortedDictionary<uint, ReferenceEvent> Events);
