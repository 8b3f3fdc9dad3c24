using System.Collections.Immutable;

namespace ItsService.Core.State;

/// <summary>One ITS.</summary>
/// <param name="ControlFrame">Its registers.</param>
/// <param name="Queue">Its command queue's registers.</param>
/// <param name="Collections">The mapped collections, in ascending order of their ICIDs.</param>
/// <param name="Devices">The mapped devices, in ascending order of their DeviceIDs.</param>
public sealed record ItsState(
    ItsControlFrameState ControlFrame,
    CommandQueueState Queue,
    ImmutableArray<CollectionState> Collections,
    ImmutableArray<DeviceState> Devices);
