using Grpc.Core;
using ItsService.Server.Diagnostics;
using ItsService.Server.Inspection;
using ItsService.Server.Inspection.Explanation;
using ItsService.Server.Machines;

namespace ItsService.Server.Services;

/// <summary>Looking into a VM.</summary>
internal sealed class InspectService(VmRegistry registry, ItsServerLimits limits, DumpTurns turns)
    : V1.Inspect.InspectBase
{
    // About 20 KiB in a message.
    private const int EntriesPerMessage = 1000;

    public override Task<V1.GetDiagnosticsResponse> GetDiagnostics(
        V1.GetDiagnosticsRequest request, ServerCallContext context) =>
        DiagnosticsPage.ReadAsync(registry.Find(request.Vm, "vm"), request, limits, context.CancellationToken);

    public override Task<V1.ExplainResponse> Explain(V1.ExplainRequest request, ServerCallContext context) =>
        ExplainCall.AnswerAsync(registry.Find(request.Vm, "vm"), request, context.CancellationToken);

    public override async Task DumpTables(
        V1.DumpTablesRequest request,
        IServerStreamWriter<V1.DumpTablesResponse> responseStream,
        ServerCallContext context)
    {
        var vm = registry.Find(request.Vm, "vm");
        using var turn = turns.Take(vm.Name);
        var snapshot = await vm.InspectAsync<TakeSnapshotOperation, TableSnapshot>(
            new TakeSnapshotOperation(request.OmitEvents, request.OmitPendingLpis), context.CancellationToken);
        foreach (var entries in TableEntries.Of(snapshot).Chunk(EntriesPerMessage))
        {
            await responseStream.WriteAsync(
                new V1.DumpTablesResponse { Entries = { entries } }, context.CancellationToken);
        }
    }
}
