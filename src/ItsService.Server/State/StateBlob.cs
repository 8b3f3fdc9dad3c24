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

    /// <summary>How many bytes those are.</summary>
    public static long LengthOf(GicState state, VirtualGicConfiguration vm) =>
        StateEnvelope.HeaderBytes + StateToWire.Of(state, StateShape.Of(vm)).CalculateSize();

    /// <summary>
    /// The state in the bytes. First they must be whole, then the VM's shape that of the state, then every record
    /// complete; at each of these all that is wrong is told.
    /// </summary>
    /// <exception cref="RpcException">They are no state for this VM.</exception>
    public static GicState Open(ReadOnlyMemory<byte> blob, VirtualGicConfiguration vm, RequestProblems problems)
    {
        var saved = StateEnvelope.Open(blob, problems, vm);
        problems.ThrowIfAny();
        return Read(saved!, problems);
    }

    /// <summary>The message in the bytes, which must be whole.</summary>
    /// <exception cref="RpcException">They are no state.</exception>
    public static V1.SavedState Unseal(ReadOnlyMemory<byte> blob, RequestProblems problems)
    {
        var saved = StateEnvelope.Open(blob, problems);
        problems.ThrowIfAny();
        return saved!;
    }

    /// <summary>The state in a message, for a VM of that shape.</summary>
    /// <exception cref="RpcException">It is no state for this VM.</exception>
    public static GicState Read(V1.SavedState saved, VirtualGicConfiguration vm, RequestProblems problems)
    {
        StateShape.Compare(saved.Shape, vm, problems);
        problems.ThrowIfAny();
        return Read(saved, problems);
    }

    private static GicState Read(V1.SavedState saved, RequestProblems problems)
    {
        var state = new StateFromWire(problems).Read(saved);
        problems.ThrowIfAny();
        return state;
    }
}
