using Grpc.Core;
using ItsService.Core.Identifiers;
using ItsService.Server.Accesses;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Memory;

namespace ItsService.Server.Services;

/// <summary>Hosted guest memory.</summary>
internal sealed class GuestMemoryService(VmRegistry registry, ItsServerLimits limits) : V1.GuestMemory.GuestMemoryBase
{
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
}
