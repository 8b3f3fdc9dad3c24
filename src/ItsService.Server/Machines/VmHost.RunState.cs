using ItsService.Core;
using ItsService.Server.Errors;
using ItsService.Server.Memory.Remote;
using ItsService.Server.Tracing;

namespace ItsService.Server.Machines;

/// <summary>Running and Paused.</summary>
internal sealed partial class VmHost
{
    /// <summary>Stops the VM at the command boundary where it is.</summary>
    public async Task<V1.Vm> PauseAsync(CancellationToken call)
    {
        V1.Vm vm;
        using (await _gate.EnterAsync(call))
        {
            RefuseUnlessUsable();
            _content.Hold = null;
            PauseInGate();
            _content.Lines.TakeAsTold();
            vm = DescribeInGate();
        }

        await UntilAllWrittenAsync(call);
        return vm;
    }

    /// <summary>
    /// Lets the VM run, and those who wait enter; or tells all that is wrong with what was staged while it was Paused.
    /// </summary>
    public async Task<V1.Vm> ResumeAsync(CancellationToken call)
    {
        using var fetching = new Fetching(_fetchTurns);
        while (true)
        {
            EntryEnd<FoundProblems> end;
            V1.Vm? vm = null;
            using (await _gate.EnterAsync(call))
            {
                RefuseUnlessUsable();
                end = Enter<ResumeOperation, FoundProblems>(new ResumeOperation(_calls.IsPaused), fetching.Memory);
                if (end.Missing is null)
                {
                    vm = TakeResumed(end.Result);
                }
            }

            if (end.Missing is not { } missing)
            {
                await EndAsync(fetching, end.Written, call);
                return vm!;
            }

            await FetchAsync(fetching, missing, call);
        }
    }

    private V1.Vm TakeResumed(FoundProblems problems)
    {
        if (problems.Count > 0)
        {
            throw Refusal.Of(Name, problems.Listed, problems.Count);
        }

        _content.Hold = null;
        _calls.Release();
        _content.Sessions.TellState(V1.VmState.Running);
        _content.Lines.TakeAsTold();
        return DescribeInGate();
    }

    private void PauseInGate()
    {
        _calls.Pause();
        if (_content.Gic.State == RunState.Running)
        {
            _content.Gic.Pause();
            TellInTrace(VmMoment.Paused);
        }

        _content.Memory.Remote.Forget();
        _content.Sessions.TellState(V1.VmState.Paused);
    }
}
