using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <summary>A saved interrupt controller.</summary>
/// <param name="State">The bytes, for <see cref="VmHandle.RestoreAsync"/>.</param>
/// <param name="Summary">What they hold, in numbers.</param>
/// <param name="WasRunning">
/// Whether the VM ran at that instant, or waited only for another save. With <see cref="SaveOptions.StayPaused"/> it is
/// the caller then by whom it is Paused.
/// </param>
public sealed record SavedVm(ReadOnlyMemory<byte> State, StateSummary Summary, bool WasRunning);
