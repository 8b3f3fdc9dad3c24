using Grpc.Core;
using ItsService.Core.Identifiers;
using ItsService.Server.Accesses;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Wire;

namespace ItsService.Server.Services;

/// <summary>Guest accesses to registers.</summary>
internal sealed class RegistersService(VmRegistry registry, ItsServerLimits limits) : WireRegistersBase
{
    private const string VmField = "vm";

    public override Task<V1.ReadRegisterResponse> Read(V1.ReadRegisterRequest request, ServerCallContext context)
    {
        var vm = registry.Find(request.Vm, VmField);
        var problems = new RequestProblems(vm.Name);
        var place = RegisterTargetReader.Read(
            vm.Shape, request.Target, request.SizeBytes, FieldPath.Request, problems);
        problems.ThrowIfAny();
        return vm.EnterRunningAsync<ReadRegisterOperation, V1.ReadRegisterResponse>(
            new ReadRegisterOperation(place), context.CancellationToken).AsTask();
    }

    public override Task<V1.WriteRegisterResponse> Write(V1.WriteRegisterRequest request, ServerCallContext context)
    {
        var vm = registry.Find(request.Vm, VmField);
        var problems = new RequestProblems(vm.Name);
        var place = RegisterTargetReader.Read(
            vm.Shape, request.Target, request.SizeBytes, FieldPath.Request, problems);
        RegisterTargetReader.CheckValue(request.Value, place.SizeBytes, FieldPath.Request, problems);
        problems.ThrowIfAny();
        DeviceId? requester = request.HasDeviceId ? new DeviceId(request.DeviceId) : null;
        var arrivedAt = requester is null ? 0 : vm.Telemetry.BeginInjection();
        return vm.EnterRunningAsync<WriteRegisterOperation, V1.WriteRegisterResponse>(
            new WriteRegisterOperation(place, request.Value, requester, arrivedAt),
            context.CancellationToken).AsTask();
    }

    public override Task<V1.ReadSystemRegisterResponse> ReadSystemRegister(
        V1.ReadSystemRegisterRequest request, ServerCallContext context)
    {
        var vm = registry.Find(request.Vm, VmField);
        var problems = new RequestProblems(vm.Name);
        var place = SystemRegisterTargetReader.Read(
            vm.Shape, request.Vcpu, request.Target, FieldPath.Request, problems);
        problems.ThrowIfAny();
        return vm.EnterRunningAsync<ReadSystemRegisterOperation, V1.ReadSystemRegisterResponse>(
            new ReadSystemRegisterOperation(place), context.CancellationToken).AsTask();
    }

    public override Task<V1.WriteSystemRegisterResponse> WriteSystemRegister(
        V1.WriteSystemRegisterRequest request, ServerCallContext context)
    {
        var vm = registry.Find(request.Vm, VmField);
        var problems = new RequestProblems(vm.Name);
        var place = SystemRegisterTargetReader.Read(
            vm.Shape, request.Vcpu, request.Target, FieldPath.Request, problems);
        problems.ThrowIfAny();
        return vm.EnterRunningAsync<WriteSystemRegisterOperation, V1.WriteSystemRegisterResponse>(
            new WriteSystemRegisterOperation(place, request.Value), context.CancellationToken).AsTask();
    }

    public override async Task<BatchAnswer> Batch(ReceivedBatch request, ServerCallContext context)
    {
        using var received = request;
        var vm = FindFor(received);
        using var plan = BatchReader.Read(vm.Shape, received, limits, new RequestProblems(vm.Name));
        var arrivedAt = plan.MaySignal ? vm.Telemetry.BeginInjection() : 0;
        var progress = new BatchProgress(plan, arrivedAt, limits);
        var operation = new BatchOperation(vm.Name, plan, progress, limits);
        while (!await vm.EnterRunningAsync<BatchOperation, bool>(
            operation, context.CancellationToken, goesOn: progress.MadeCount > 0))
        {
            // Others come in here, and a call that has ended goes no further.
            await Task.Yield();
            if (context.CancellationToken.IsCancellationRequested)
            {
                throw new RpcException(new Status(
                    StatusCode.Cancelled,
                    $"the call ended when {progress.MadeCount} of its {plan.Accesses.Length} accesses were made"));
            }
        }

        return progress.Answer;
    }

    public override Task<V1.ListRegistersResponse> ListRegisters(
        V1.ListRegistersRequest request, ServerCallContext context)
    {
        // Every VM has the same registers so far; the name is checked nevertheless.
        registry.Find(request.Vm, VmField);
        return Task.FromResult(RegisterDescriptions.All);
    }

    private VmHost FindFor(ReceivedBatch batch)
    {
        try
        {
            return registry.Find(batch.Vm, VmField);
        }
        catch (RpcException)
        {
            batch.ThrowIfMalformed();
            throw;
        }
    }
}
