using Grpc.Core;
using ItsService.Server.Diagnostics;
using ItsService.Server.Inspection;
using ItsService.Server.Inspection.Activity;
using ItsService.Server.Inspection.Explanation;
using ItsService.Server.Machines;
using ItsService.Server.Tracing;

namespace ItsService.Server.Services;

/// <summary>Looking into a VM.</summary>
internal sealed class InspectService(
    VmRegistry registry, VmSurroundings surroundings, DumpTurns turns, ActivityTurns activityTurns)
    : V1.Inspect.InspectBase
{
    // About 20 KiB in a message.
    private const int EntriesPerMessage = 1000;

    public override Task<V1.GetDiagnosticsResponse> GetDiagnostics(
        V1.GetDiagnosticsRequest request, ServerCallContext context) =>
        DiagnosticsPage.ReadAsync(
            registry.Find(request.Vm, "vm"), request, surroundings.Limits, context.CancellationToken);

    public override async Task WatchActivity(
        V1.WatchActivityRequest request,
        IServerStreamWriter<V1.WatchActivityResponse> responseStream,
        ServerCallContext context)
    {
        var order = ActivityOrder.Read(request);
        using var turn = activityTurns.Take(request.Vm);
        var watch = new ActivityWatch(registry, order, surroundings.Limits, surroundings.Time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(
            context.CancellationToken, surroundings.Stopping);
        surroundings.Instruments.AddWatcher();
        try
        {
            while (true)
            {
                await responseStream.WriteAsync(await watch.LookAsync(ended.Token), ended.Token);
                await Task.Delay(order.Interval, surroundings.Time, ended.Token);
            }
        }
        catch (Exception) when (surroundings.Stopping.IsCancellationRequested)
        {
            throw ServiceStop.Unavailable();
        }
        finally
        {
            surroundings.Instruments.RemoveWatcher();
        }
    }

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

    public override async Task Trace(
        V1.TraceRequest request, IServerStreamWriter<V1.TraceResponse> responseStream, ServerCallContext context)
    {
        var vm = registry.Find(request.Vm, "vm");
        using var watch = new TraceWatch(TraceFilter.Read(vm, request), surroundings.Limits.TraceEventsMax);
        await vm.EnterAsync<BeginTraceOperation, Done>(new BeginTraceOperation(watch), context.CancellationToken);
        try
        {
            await watch.TellAsync(responseStream, surroundings.Stopping, context.CancellationToken);
        }
        finally
        {
            await vm.LeaveAsync(watch);
        }
    }
}
