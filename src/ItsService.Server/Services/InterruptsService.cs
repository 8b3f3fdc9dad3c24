using System.Diagnostics;
using Grpc.Core;
using ItsService.Server.Errors;
using ItsService.Server.Levels;
using ItsService.Server.Machines;
using ItsService.Server.Msis;
using ItsService.Server.Msis.Injection;
using ItsService.Server.Sessions;
using ItsService.Server.Telemetry;
using ItsService.Server.Telemetry.Traces;
using ItsService.Server.Watching;
using ItsService.Server.Wire;

namespace ItsService.Server.Services;

/// <summary>Messages and lines of devices.</summary>
internal sealed class InterruptsService(VmRegistry registry, ItsServerLimits limits, VmSurroundings surroundings)
    : WireInterruptsBase
{
    public override Task<V1.SignalMsiResponse> SignalMsi(V1.SignalMsiRequest request, ServerCallContext context)
    {
        var vm = registry.Find(request.Vm, "vm");
        var arrivedAt = vm.Telemetry.BeginInjection();
        var problems = new RequestProblems(vm.Name);
        var message = MsiMessage.Read(vm.Shape, request, problems);
        problems.ThrowIfAny();
        return vm.EnterRunningAsync<SignalMsiOperation, V1.SignalMsiResponse>(
            new SignalMsiOperation(message, arrivedAt), context.CancellationToken).AsTask();
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

    public override Task InjectMsis(
        IAsyncStreamReader<ReceivedInjection> requestStream,
        IServerStreamWriter<V1.InjectMsisResponse> responseStream,
        ServerCallContext context) =>
        ObservedCall.RunAsync(
            surroundings.Instruments, context, span => InjectAsync(requestStream, responseStream, context, span));

    private async Task InjectAsync(
        IAsyncStreamReader<ReceivedInjection> requestStream,
        IServerStreamWriter<V1.InjectMsisResponse> responseStream,
        ServerCallContext context,
        Activity? span)
    {
        var start = await ReadStartAsync(requestStream, context.CancellationToken);
        if (start is null)
        {
            throw Refusal.Of("", new Problem(
                V1.ErrorReason.Required, "start", "the stream does not begin with the VM that messages are for"));
        }

        var vm = registry.Find(start.Vm, "start.vm");
        if (start.AnswerDelayMs > InjectionStream.AnswerDelayMsMax)
        {
            throw Refusal.Of(vm.Name, new Problem(
                V1.ErrorReason.OutOfRange, "start.answer_delay_ms", $"{start.AnswerDelayMs} ms before an answer")
            {
                Accepted = $"0..{InjectionStream.AnswerDelayMsMax}",
            });
        }

        if (start.Sender.Length > 0 && !SessionToken.IsWellFormed(start.Sender))
        {
            throw Refusal.Of(vm.Name, new Problem(
                V1.ErrorReason.MalformedName, "start.sender", "this is no name for a sender")
            {
                Accepted = SessionToken.Accepted,
            });
        }

        span?.SetTag(Tags.Vm, vm.Name);
        using var stream = new InjectionStream(vm, requestStream, responseStream, limits);
        await stream.RunAsync(start, surroundings.Stopping, context.CancellationToken);
    }

    public override Task WatchVcpus(
        V1.WatchVcpusRequest request,
        IServerStreamWriter<V1.WatchVcpusResponse> responseStream,
        ServerCallContext context) =>
        ObservedCall.RunAsync(surroundings.Instruments, context, span =>
        {
            span?.SetTag(Tags.Vm, UntrustedText.Shown(request.Vm));
            return WatchAsync(request, responseStream, context);
        });

    private async Task WatchAsync(
        V1.WatchVcpusRequest request,
        IServerStreamWriter<V1.WatchVcpusResponse> responseStream,
        ServerCallContext context)
    {
        var vm = registry.Find(request.Vm, "vm");
        using var watch = new VcpuWatch(WatchedVcpus.Read(vm, request));
        await vm.EnterAsync<BeginWatchOperation, Done>(new BeginWatchOperation(watch), context.CancellationToken);
        try
        {
            await watch.TellAsync(responseStream, surroundings.Stopping, context.CancellationToken);
        }
        finally
        {
            await vm.LeaveAsync(watch);
        }
    }

    private async Task<V1.InjectMsisStart?> ReadStartAsync(
        IAsyncStreamReader<ReceivedInjection> requestStream, CancellationToken call)
    {
        // Its buffer is given back before the stream begins.
        using var first = await FirstMessage.ReadAsync(
            requestStream, nameof(V1.InjectMsisRequest), surroundings.Stopping, call);
        return first?.Start;
    }
}
