using System.Diagnostics;
using Grpc.Core;
using ItsService.Core.Identifiers;
using ItsService.Server.Accesses;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Memory;
using ItsService.Server.Memory.Remote;
using ItsService.Server.Telemetry;
using ItsService.Server.Telemetry.Traces;

namespace ItsService.Server.Services;

/// <summary>Guest memory.</summary>
internal sealed class GuestMemoryService(
    VmRegistry registry, ItsServerLimits limits, VmSurroundings surroundings) : V1.GuestMemory.GuestMemoryBase
{
    private const int DirtyRangesMax = 4096;

    public override Task<V1.ReadMemoryResponse> Read(V1.ReadMemoryRequest request, ServerCallContext context)
    {
        var vm = registry.Find(request.Vm, "vm");
        var problems = new RequestProblems(vm.Name);
        MemoryCheck.Length(request.LengthBytes, "length_bytes", limits, FieldPath.Request, problems);
        problems.ThrowIfAny();
        var range = new GuestRange(new GuestAddress(request.Address), request.LengthBytes);
        return vm.EnterAsync<ReadMemoryOperation, V1.ReadMemoryResponse>(
            new ReadMemoryOperation(vm.Name, range), context.CancellationToken).AsTask();
    }

    public override Task<V1.WriteMemoryResponse> Write(V1.WriteMemoryRequest request, ServerCallContext context)
    {
        var vm = registry.Find(request.Vm, "vm");
        var problems = new RequestProblems(vm.Name);
        MemoryCheck.Length((ulong)request.Data.Length, "data", limits, FieldPath.Request, problems);
        problems.ThrowIfAny();
        return vm.EnterAsync<WriteMemoryOperation, V1.WriteMemoryResponse>(
            new WriteMemoryOperation(vm.Name, new GuestAddress(request.Address), request.Data, limits),
            context.CancellationToken).AsTask();
    }

    public override Task Serve(
        IAsyncStreamReader<V1.ServeMemoryRequest> requestStream,
        IServerStreamWriter<V1.MemoryRequest> responseStream,
        ServerCallContext context) =>
        ObservedCall.RunAsync(
            surroundings.Instruments, context, span => ServeAsync(requestStream, responseStream, context, span));

    private async Task ServeAsync(
        IAsyncStreamReader<V1.ServeMemoryRequest> requestStream,
        IServerStreamWriter<V1.MemoryRequest> responseStream,
        ServerCallContext context,
        Activity? span)
    {
        var first = await FirstMessage.ReadAsync(
            requestStream, nameof(V1.ServeMemoryRequest), surroundings.Stopping, context.CancellationToken);
        if (first?.Start is not { } start)
        {
            throw Refusal.Of("", new Problem(
                V1.ErrorReason.Required, "start", "the stream does not begin with the VM whose memory it serves"));
        }

        var vm = registry.Find(start.Vm, "start.vm");
        if (start.VmUid.Length > 0 && start.VmUid != vm.Uid)
        {
            throw Refusal.Of(vm.Name, new Problem(
                V1.ErrorReason.VmNotFound, "start.vm_uid", $"another VM has the name '{vm.Name}' by now")
            {
                Accepted = vm.Uid,
            });
        }

        span?.SetTag(Tags.Vm, vm.Name);
        var stream = new ServedMemory(vm, requestStream, responseStream, context.Peer);
        await stream.RunAsync(start.Made, surroundings.Stopping, context.CancellationToken);
    }

    public override Task<V1.DrainDirtyPagesResponse> DrainDirtyPages(
        V1.DrainDirtyPagesRequest request, ServerCallContext context)
    {
        var vm = registry.Find(request.Vm, "vm");
        if (request.RangesMax > DirtyRangesMax)
        {
            throw Refusal.Of(vm.Name, new Problem(
                V1.ErrorReason.OutOfRange, "ranges_max", $"{request.RangesMax} ranges in one answer")
            {
                Accepted = $"1..{DirtyRangesMax}, or 0 for {DirtyRangesMax}",
            });
        }

        var rangesMax = request.RangesMax == 0 ? DirtyRangesMax : (int)request.RangesMax;
        return vm.EnterAsync<DrainDirtyPagesOperation, V1.DrainDirtyPagesResponse>(
            new DrainDirtyPagesOperation(request.Received, rangesMax), context.CancellationToken).AsTask();
    }
}
