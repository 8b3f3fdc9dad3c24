using Grpc.Core;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Tests.Clients;

/// <summary>A service that gives one answer to every batch: what the real one does not answer yet.</summary>
internal sealed class ScriptedRegisters(BatchResponse answer) : Registers.RegistersBase
{
    public static Task<ScriptedService> StartAsync(BatchResponse answer) =>
        ScriptedService.StartAsync<ScriptedRegisters, BatchResponse>(answer);

    public override Task<BatchResponse> Batch(BatchRequest request, ServerCallContext context) =>
        Task.FromResult(answer);
}
