using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <summary>An interrupt controller's state as KVM has it, but for what guest memory holds.</summary>
/// <param name="State">The list of attributes, for <see cref="VmHandle.ImportAsync"/>.</param>
/// <param name="Summary">What list and memory hold, in numbers.</param>
/// <param name="WasRunning">
/// Whether the VM ran at that instant, or waited only for another save. With <see cref="SaveOptions.StayPaused"/> it is
/// the caller then by whom it is Paused.
/// </param>
public sealed record ExportedVm(ExportedState State, StateSummary Summary, bool WasRunning);
