using Grpc.Core;
using ItsService.Core.Submissions;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Submissions;

namespace ItsService.Server.Services;

/// <summary>Commands that are put into a guest's queue.</summary>
internal sealed class CommandsService(VmRegistry registry, VmSurroundings surroundings) : V1.Commands.CommandsBase
{
    public override async Task<V1.SubmitResponse> Submit(V1.SubmitRequest request, ServerCallContext context)
    {
        var answerTime = new AnswerTime(context.Deadline, surroundings.Time);
        var vm = registry.Find(request.Vm, "vm");
        var limits = surroundings.Limits;
        var submission = SubmissionReader.Read(vm.Shape, request, limits, new RequestProblems(vm.Name));
        var its = (int)request.Its;
        var (ended, response) = await vm.EnterRunningAsync<SubmitOperation, StartedSubmission>(
            new SubmitOperation(vm.Name, its, submission, limits), context.CancellationToken);
        if (ended is not null)
        {
            await WaitAsync(ended, answerTime, context.CancellationToken);
            await EndAsync(vm, its, submission, response, context.CancellationToken);
        }

        SubmissionAnswer.AddResults(response, submission, limits);
        return response;
    }

    private async Task WaitAsync(Task ended, AnswerTime answerTime, CancellationToken call)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(call, surroundings.Stopping);
        await answerTime.WaitForAsync(ended, either.Token);
    }

    /// <summary>Refuses where the VM has gone meanwhile; what its commands did, no longer matters.</summary>
    private async Task EndAsync(
        VmHost vm, int its, CommandSubmission submission, V1.SubmitResponse response, CancellationToken call)
    {
        var isUnread = call.IsCancellationRequested || surroundings.Stopping.IsCancellationRequested;
        // A call that has ended must still let go of its commands.
        await vm.EnterAsync<EndSubmissionOperation, Done>(
            new EndSubmissionOperation(its, submission, isUnread ? null : response), CancellationToken.None);
        if (call.IsCancellationRequested)
        {
            throw new RpcException(new Status(
                StatusCode.Cancelled, "the call ended while its commands waited in the queue, where they stay"));
        }

        if (isUnread)
        {
            throw ServiceStop.Unavailable();
        }
    }
}
