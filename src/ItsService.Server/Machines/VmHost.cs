using Grpc.Core;
using ItsService.Core;
using ItsService.Server.Errors;
using ItsService.Server.Memory.Remote;
using ItsService.Server.Specs;
using ItsService.Server.Telemetry;
using ItsService.Server.Tracing;

namespace ItsService.Server.Machines;

/// <summary>
/// One VM and its gate. Every call, batch or step enters the gate once, and nothing inside waits for anything. Who must
/// wait for it holds no thread. Guest accesses to a Paused VM wait outside and have not been accepted meanwhile.
/// </summary>
internal sealed partial class VmHost
{
    private readonly VmGate _gate = new();
    private readonly VmGate _fetchTurns = new();
    private readonly VmContent _content;
    private readonly GuestMistakes _mistakes;
    private readonly CommandDrain _drain;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Instruments _instruments;
    private readonly PausedCalls _calls;
    private readonly CancellationToken _stopping;

    // Changed inside the gate, but looked at outside as well.
    private volatile string? _fault;
    private volatile bool _isDeleted;

    private long _faultedAt;

    /// <param name="name">"vms/{vm}".</param>
    /// <param name="plan">The VM.</param>
    /// <param name="startPaused">Whether it begins Paused, as one that waits for INIT does anyway.</param>
    /// <param name="surroundings">What it shares with all others.</param>
    public VmHost(string name, VmPlan plan, bool startPaused, VmSurroundings surroundings)
    {
        Name = name;
        _content = new VmContent(plan, name, surroundings);
        _calls = new PausedCalls(name, surroundings.Limits.WaitingCallsPerVmMax, surroundings.Stopping);
        _stopping = surroundings.Stopping;
        _logger = surroundings.Logger;
        _time = surroundings.Time;
        _instruments = surroundings.Instruments;
        _mistakes = new GuestMistakes(name, surroundings.Logger, surroundings.Time);
        _drain = new CommandDrain(this, surroundings.Stopping);
        if (startPaused || plan.Spec.AwaitsInit)
        {
            PauseInGate();
        }
    }

    /// <summary>"vms/{vm}".</summary>
    public string Name { get; }

    /// <summary>Tells this VM from one of the same name that was deleted.</summary>
    public string Uid { get; } = Guid.NewGuid().ToString("N");

    /// <summary>What requests are checked against outside the gate: all that does not change, and places.</summary>
    public VirtualGicConfiguration Shape => _content.Shape;

    /// <summary>How many calls wait for Resume.</summary>
    public int WaitingCount => _calls.WaitingCount;

    /// <summary>How many stand in line at the gate.</summary>
    public int InLineCount => _gate.InLineCount;

    /// <summary>For a call that works in either run state.</summary>
    public async ValueTask<TResult> EnterAsync<TOperation, TResult>(TOperation operation, CancellationToken call)
        where TOperation : struct, IVmOperation<TResult>
    {
        using var fetching = new Fetching(_fetchTurns);
        while (true)
        {
            EntryEnd<TResult> end;
            using (await _gate.EnterAsync(call))
            {
                RefuseUnlessUsable();
                end = Enter<TOperation, TResult>(operation, fetching.Memory);
            }

            if (end.Missing is not { } missing)
            {
                await EndAsync(fetching, end.Written, call);
                return end.Result;
            }

            await FetchAsync(fetching, missing, call);
        }
    }

    /// <summary>For a look that changes nothing: in every state, since a faulted VM is the one to look into.</summary>
    public async ValueTask<TResult> InspectAsync<TOperation, TResult>(TOperation operation, CancellationToken call)
        where TOperation : struct, IVmOperation<TResult>
    {
        using var fetching = new Fetching(_fetchTurns);
        while (true)
        {
            EntryEnd<TResult> end;
            using (await _gate.EnterAsync(call))
            {
                if (_fault is not null && !_isDeleted)
                {
                    return RunInFaulted<TOperation, TResult>(operation);
                }

                RefuseUnlessUsable();
                end = Enter<TOperation, TResult>(operation, fetching.Memory);
            }

            if (end.Missing is not { } missing)
            {
                return end.Result;
            }

            await FetchAsync(fetching, missing, call);
        }
    }

    /// <summary>For a change that works in either run state and is answered with the VM as it is then.</summary>
    public async Task<V1.Vm> ChangeAsync<TOperation>(TOperation operation, CancellationToken call)
        where TOperation : struct, IVmOperation<Done> =>
        (await ChangeAsync<TOperation, Done>(operation, call)).Vm;

    /// <summary>The same, with what the operation answers.</summary>
    public async Task<(V1.Vm Vm, TResult Result)> ChangeAsync<TOperation, TResult>(
        TOperation operation, CancellationToken call)
        where TOperation : struct, IVmOperation<TResult>
    {
        using var fetching = new Fetching(_fetchTurns);
        while (true)
        {
            EntryEnd<TResult> end;
            V1.Vm? vm = null;
            using (await _gate.EnterAsync(call))
            {
                RefuseUnlessUsable();
                end = Enter<TOperation, TResult>(operation, fetching.Memory);
                if (end.Missing is null)
                {
                    _content.Lines.TakeAsTold();
                    vm = DescribeInGate();
                }
            }

            if (end.Missing is not { } missing)
            {
                await EndAsync(fetching, end.Written, call);
                return (vm!, end.Result);
            }

            await FetchAsync(fetching, missing, call);
        }
    }

    /// <summary>For a guest access or a message: waits, before it is accepted, while the VM is Paused.</summary>
    /// <param name="operation">What it does.</param>
    /// <param name="call">Ends the wait.</param>
    /// <param name="goesOn">
    /// It is the rest of something that has begun: it may wait even where no further call may.
    /// </param>
    public ValueTask<TResult> EnterRunningAsync<TOperation, TResult>(
        TOperation operation, CancellationToken call, bool goesOn = false)
        where TOperation : struct, IVmOperation<TResult>
    {
        if (!_gate.TryEnter())
        {
            return WaitAndEnterAsync<TOperation, TResult>(operation, goesOn, call);
        }

        try
        {
            RefuseUnlessUsable();
            if (!_calls.IsPaused && !_content.Memory.HasRemote)
            {
                return new ValueTask<TResult>(Run<TOperation, TResult>(operation));
            }
        }
        finally
        {
            _gate.Leave();
        }

        return WaitAndEnterAsync<TOperation, TResult>(operation, goesOn, call);
    }

    /// <summary>Ends the VM, which only one can do; those who wait find it gone.</summary>
    public async Task DeleteAsync(CancellationToken call)
    {
        using var entry = await _gate.EnterAsync(call);
        if (_isDeleted)
        {
            throw Deleted();
        }

        _isDeleted = true;
        _calls.Release();
        EndStreams(Deleted());
        _content.Submissions.ReleaseAll();
        _content.Memory.Release();
    }

    private async ValueTask<TResult> WaitAndEnterAsync<TOperation, TResult>(
        TOperation operation, bool goesOn, CancellationToken call)
        where TOperation : struct, IVmOperation<TResult>
    {
        using var fetching = new Fetching(_fetchTurns);
        while (true)
        {
            Task? changed = null;
            EntryEnd<TResult> end = default;
            using (await _gate.EnterAsync(call))
            {
                RefuseUnlessUsable();
                if (_calls.IsPaused)
                {
                    changed = _calls.Join(goesOn);
                }
                else
                {
                    end = Enter<TOperation, TResult>(operation, fetching.Memory);
                }
            }

            if (changed is not null)
            {
                fetching.Forget();
                await _calls.WaitAsync(changed, call);
            }
            else if (end.Missing is { } missing)
            {
                await FetchAsync(fetching, missing, call);
            }
            else
            {
                await EndAsync(fetching, end.Written, call);
                return end.Result;
            }
        }
    }

    private TResult Run<TOperation, TResult>(in TOperation operation)
        where TOperation : struct, IVmOperation<TResult>
    {
        TResult result;
        try
        {
            result = RunTraced<TOperation, TResult>(operation);
        }
        catch (RpcException)
        {
            EndEntry(default(Done));
            throw;
        }
        catch (MissingMemoryException)
        {
            _content.IsFetchingForCommands |= typeof(TOperation) == typeof(StepOperation);
            EndEntry(default(Done));
            throw;
        }
        catch (Exception exception)
        {
            throw Fault(exception);
        }

        EndEntry(result);
        return result;
    }

    private void EndEntry<TResult>(TResult result)
    {
        try
        {
            EndEntry();
        }
        catch (Exception exception)
        {
            // Nobody else gets it, and it may hold what all VMs share.
            (result as IDisposable)?.Dispose();
            throw Fault(exception);
        }
    }

    // What an entry has left that did not end may be anything.
    private TResult RunInFaulted<TOperation, TResult>(in TOperation operation)
        where TOperation : struct, IVmOperation<TResult>
    {
        try
        {
            _content.Gic.Mark(_faultedAt);
            return operation.Run(_content);
        }
        catch (Exception exception) when (exception is not RpcException)
        {
            var problem = new Problem(
                V1.ErrorReason.VmFaulted, "",
                $"'{Name}' is faulted, and what the fault has left cannot be read ({exception.GetType().Name})");
            throw Refusal.Of(StatusCode.Internal, Name, [problem], foundCount: 1);
        }
    }

    private void EndEntry()
    {
        var hasNews = _content.Gic.HasUnmarked;
        if (hasNews)
        {
            _content.Gic.Mark(_time.GetUtcNow().UtcTicks);
            _mistakes.Report(_content.Gic.Events);
        }

        if (hasNews || _content.Stalls.AreAny)
        {
            _content.Stalls.Note();
        }

        if (_content.Traces.AreAny)
        {
            _content.Traces.Tell(_time);
        }

        _content.Submissions.ReleaseEnded();
        _content.Sessions.TellChanges();
        if (_content.Watches.AreAny)
        {
            _content.Lines.Collect();
        }

        if (_content.Gic.HasRunnableCommands && !_content.IsFetchingForCommands)
        {
            _drain.Start();
        }
    }

    // An error of ours: this VM stops, the others go on.
    private RpcException Fault(Exception exception)
    {
        _fault = $"{exception.GetType().Name}: {exception.Message}";
        _faultedAt = _time.GetUtcNow().UtcTicks;
        _content.IsFaulted = true;
        MachinesLog.VmFaulted(_logger, Name, exception);
        _instruments.NoteFault();
        _calls.Release();
        _content.Submissions.ReleaseAll();
        try
        {
            TellInTrace(VmMoment.Faulted);
        }
        finally
        {
            // Whatever the error was: nobody waits for a VM that is no more.
            EndStreams(Refusal.Of(Name, FaultProblem()));
        }

        return Refusal.Of(StatusCode.Internal, Name, [FaultProblem()], foundCount: 1);
    }

    private void RefuseUnlessUsable()
    {
        if (_isDeleted)
        {
            throw Deleted();
        }

        if (_fault is not null)
        {
            throw Refusal.Of(Name, FaultProblem());
        }
    }

    private RpcException Deleted() =>
        Refusal.Of(Name, new Problem(V1.ErrorReason.VmNotFound, "", $"'{Name}' was deleted"));

    private Problem FaultProblem() =>
        new(
            V1.ErrorReason.VmFaulted,
            "",
            $"an error of the service stopped '{Name}'; it can be shown, inspected and deleted");
}
