using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <summary>A VM that was made of a checkpoint, or that has taken one.</summary>
/// <param name="Handle">The VM, to go on with.</param>
/// <param name="Description">Its shape, its state, which is Paused, and its interrupt lines.</param>
/// <param name="Summary">What the saved state held, in numbers.</param>
public sealed record RestoredVm(VmHandle Handle, Vm Description, StateSummary Summary);
