using Grpc.Core;
using ItsService.Core;
using ItsService.Core.State;
using ItsService.Server.Errors;

namespace ItsService.Server.State;

/// <summary>A VM's state as bytes, and back. It needs no gate: neither a state nor a VM's shape changes.</summary>
internal static class StateBlob
{
    /// <summary>The bytes of a state.</summary>
    public static SealedState Seal(GicState state, VirtualGicConfiguration vm) =>
        StateEnvelope.Seal(StateToWire.Of(state, StateShape.Of(vm)));

    /// <summary>
    /// The state in the bytes. First they must be whole, then the VM's shape that of the state, then every record
    /// complete; at each of these all that is wrong is told.
    /// </summary>
    /// <exception cref="RpcException">They are no state for this VM.</exception>
    public static GicState Open(ReadOnlyMemory<byte> blob, VirtualGicConfiguration vm, RequestProblems problems)
    {
        var saved = StateEnvelope.Open(blob, problems);
        problems.ThrowIfAny();
        StateShape.Compare(saved!.Shape, vm, problems);
        problems.ThrowIfAny();
        var state = new StateFromWire(problems).Read(saved);
        problems.ThrowIfAny();
        return state;
    }
}
