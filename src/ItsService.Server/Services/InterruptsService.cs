using Grpc.Core;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Msis;

namespace ItsService.Server.Services;

/// <summary>Messages of devices.</summary>
internal sealed class InterruptsService(VmRegistry registry) : V1.Interrupts.InterruptsBase
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
}
