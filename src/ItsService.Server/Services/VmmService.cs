using System.Diagnostics;
using Grpc.Core;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Sessions;
using ItsService.Server.Telemetry;
using ItsService.Server.Telemetry.Traces;

namespace ItsService.Server.Services;

/// <summary>VMMs that are attached to their VMs.</summary>
internal sealed class VmmService(VmRegistry registry, ItsServerLimits limits, VmSurroundings surroundings)
    : V1.Vmm.VmmBase
{
    public override Task Attach(
        IAsyncStreamReader<V1.FromVmm> requestStream,
        IServerStreamWriter<V1.ToVmm> responseStream,
        ServerCallContext context) =>
        ObservedCall.RunAsync(
            surroundings.Instruments, context, span => AttachAsync(requestStream, responseStream, context, span));

    private async Task AttachAsync(
        IAsyncStreamReader<V1.FromVmm> requestStream,
        IServerStreamWriter<V1.ToVmm> responseStream,
        ServerCallContext context,
        Activity? span)
    {
        // What happens in a VM is no part of a trace that lasts as long as its VMM does.
        Activity.Current = null;
        var first = await FirstMessage.ReadAsync(
            requestStream, nameof(V1.FromVmm), surroundings.Stopping, context.CancellationToken);
        if (first?.Attach is not { } attach)
        {
            throw Refusal.Of("", new Problem(
                V1.ErrorReason.Required, "attach", "the stream does not begin with the VM to attach to"));
        }

        var vm = registry.Find(attach.Vm, "attach.vm");
        span?.SetTag(Tags.Vm, vm.Name);
        using var stream = new SessionStream(vm, requestStream, responseStream, context, limits);
        await stream.RunAsync(attach, surroundings.Stopping);
    }
}
