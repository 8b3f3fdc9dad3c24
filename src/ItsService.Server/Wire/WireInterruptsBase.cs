using Grpc.Core;

namespace ItsService.Server.Wire;

/// <summary>
/// The methods of Interrupts, in place of the generated base, from which InjectMsis has another type here. The gRPC
/// library finds them by name and types, and only those that this class declares.
/// </summary>
[BindServiceMethod(typeof(InterruptsBinding), nameof(InterruptsBinding.BindService))]
internal abstract class WireInterruptsBase
{
    public abstract Task<V1.SignalMsiResponse> SignalMsi(V1.SignalMsiRequest request, ServerCallContext context);

    public abstract Task<V1.SetLevelsResponse> SetLevels(V1.SetLevelsRequest request, ServerCallContext context);

    /// <summary>Sends batches of messages. It owns the requests and disposes of them.</summary>
    public abstract Task InjectMsis(
        IAsyncStreamReader<ReceivedInjection> requestStream,
        IServerStreamWriter<V1.InjectMsisResponse> responseStream,
        ServerCallContext context);

    public abstract Task WatchVcpus(
        V1.WatchVcpusRequest request,
        IServerStreamWriter<V1.WatchVcpusResponse> responseStream,
        ServerCallContext context);
}
