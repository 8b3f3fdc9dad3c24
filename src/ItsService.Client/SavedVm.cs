using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <summary>A saved interrupt controller.</summary>
/// <param name="State">The bytes, for <see cref="VmHandle.RestoreAsync"/>.</param>
/// <param name="Summary">What they hold, in numbers.</param>
public sealed record SavedVm(ReadOnlyMemory<byte> State, StateSummary Summary);
