namespace ItsService.Server.State;

/// <summary>A save keeps guests and devices out of a VM while its queues end.</summary>
/// <param name="WasPaused">Whether they were out before.</param>
internal sealed record SaveHold(bool WasPaused);
