using Grpc.Core;
using ItsService.Server.Errors;
using ItsService.Server.Levels;
using ItsService.Server.Machines;
using ItsService.Server.Msis;

namespace ItsService.Server.Services;

/// <summary>Messages and lines of devices.</summary>
internal sealed class InterruptsService(VmRegistry registry, ItsServerLimits limits) : V1.Interrupts.InterruptsBase
{
    public override Task<V1.SignalMsiResponse> SignalMsi(V1.SignalMsiRequest request, ServerCallContext context)
    {
        var vm = registry.Find(request.Vm, "vm");
        var problems = new RequestProblems(vm.Name);
        var message = MsiMessage.Read(vm.Shape, request, problems);
        problems.ThrowIfAny();
        return vm.EnterRunningAsync<SignalMsiOperation, V1.SignalMsiResponse>(
            new SignalMsiOperation(message), context.CancellationToken).AsTask();
    }

    public override Task<V1.SetLevelsResponse> SetLevels(V1.SetLevelsRequest request, ServerCallContext context)
    {
        var vm = registry.Find(request.Vm, "vm");
        var problems = new RequestProblems(vm.Name);
        var moves = LineMoves.Read(vm.Shape, request.Levels, limits, problems);
        problems.ThrowIfAny();
        return vm.EnterRunningAsync<SetLevelsOperation, V1.SetLevelsResponse>(
            new SetLevelsOperation(moves), context.CancellationToken).AsTask();
    }
}
