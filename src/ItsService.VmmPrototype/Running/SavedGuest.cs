using ItsService.Protocol.V1;

namespace ItsService.VmmPrototype.Running;

/// <summary>A VM's state on its way.</summary>
/// <param name="Name">The checkpoint's, or the VM's.</param>
/// <param name="SizeBytes">How large it is.</param>
/// <param name="Spec">The VM; null where the checkpoint has it.</param>
/// <param name="State">The state; empty where the checkpoint has it.</param>
internal sealed record SavedGuest(string Name, ulong SizeBytes, VmSpec? Spec, ReadOnlyMemory<byte> State);
