using Grpc.Core;

namespace ItsService.Server.Wire;

/// <summary>
/// The methods of Registers, in place of the generated base, from which Batch has other types here. The gRPC library
/// finds them by name and types, and only those that this class declares.
/// </summary>
[BindServiceMethod(typeof(RegistersBinding), nameof(RegistersBinding.BindService))]
internal abstract class WireRegistersBase
{
    public abstract Task<V1.ReadRegisterResponse> Read(V1.ReadRegisterRequest request, ServerCallContext context);

    public abstract Task<V1.WriteRegisterResponse> Write(V1.WriteRegisterRequest request, ServerCallContext context);

    public abstract Task<V1.ReadSystemRegisterResponse> ReadSystemRegister(
        V1.ReadSystemRegisterRequest request, ServerCallContext context);

    public abstract Task<V1.WriteSystemRegisterResponse> WriteSystemRegister(
        V1.WriteSystemRegisterRequest request, ServerCallContext context);

    /// <summary>Makes the accesses of a batch. It owns the request and disposes of it.</summary>
    public abstract Task<BatchAnswer> Batch(ReceivedBatch request, ServerCallContext context);

    public abstract Task<V1.ListRegistersResponse> ListRegisters(
        V1.ListRegistersRequest request, ServerCallContext context);
}
