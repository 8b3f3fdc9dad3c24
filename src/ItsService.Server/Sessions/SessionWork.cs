using ItsService.Server.Accesses;
using ItsService.Server.Levels;
using ItsService.Server.Machines;
using ItsService.Server.Memory;
using ItsService.Server.Msis;
using ItsService.Server.Telemetry;

namespace ItsService.Server.Sessions;

/// <summary>One checked request of a session.</summary>
internal abstract class SessionWork(ulong sequence) : IDisposable
{
    private TaskCompletionSource? _begun;

    /// <summary>The request's number.</summary>
    public ulong Sequence => sequence;

    /// <summary>Whether a part of it has been done.</summary>
    public bool HasBegun => _begun is not null;

    /// <summary>Does it, inside the gate; false when others should come in before the rest.</summary>
    public abstract bool Run(VmContent vm, V1.VmmAnswer answer);

    /// <summary>A part of it has been done, and the rest will be. Ends when it is disposed of.</summary>
    public Task Begin()
    {
        _begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _begun.Task;
    }

    public virtual void Dispose() => _begun?.TrySetResult();
}

/// <summary>One access to a register, a system register or memory.</summary>
internal sealed class AccessWork(
    ulong sequence, PlannedAccess access, VmHost host, long arrivedAt, ItsServerLimits limits)
    : SessionWork(sequence)
{
    public override bool Run(VmContent vm, V1.VmmAnswer answer)
    {
        switch (access.Kind)
        {
            case PlannedAccessKind.ReadRegister:
                answer.Value = RegisterAccesses.Read(vm, access.Register);
                break;
            case PlannedAccessKind.WriteRegister:
                var message = RegisterAccesses.Write(
                    vm, access.Register, access.Value, access.Requester, arrivedAt);
                answer.Done = new V1.WriteDone { Msi = MsiAnswer.ToWire(message) };
                break;
            case PlannedAccessKind.ReadSystemRegister:
                answer.Value = RegisterAccesses.Read(vm, access.SystemRegister);
                break;
            case PlannedAccessKind.WriteSystemRegister:
                RegisterAccesses.Write(vm, access.SystemRegister, access.Value);
                answer.Done = new V1.WriteDone();
                break;
            case PlannedAccessKind.ReadMemory:
                answer.Data = new ReadMemoryOperation(host.Name, access.Range).Run(vm).Data;
                break;
            default:
                var data = Google.Protobuf.UnsafeByteOperations.UnsafeWrap(access.Data);
                new WriteMemoryOperation(host.Name, access.Range.Start, data, limits).Run(vm);
                answer.Done = new V1.WriteDone();
                break;
        }

        return true;
    }
}

/// <summary>Levels of lines, which were all checked.</summary>
internal sealed class LevelWork(ulong sequence, LineMove[] moves) : SessionWork(sequence)
{
    public override bool Run(VmContent vm, V1.VmmAnswer answer)
    {
        LineMoves.Make(vm, moves);
        answer.Done = new V1.WriteDone();
        return true;
    }
}

/// <summary>Messages of devices, which were all checked.</summary>
/// <param name="sequence">Its number.</param>
/// <param name="messages">The messages.</param>
/// <param name="arrivedAt">When they were read; 0 where nobody measures.</param>
internal sealed class MsiWork(ulong sequence, MsiMessage[] messages, long arrivedAt) : SessionWork(sequence)
{
    public override bool Run(VmContent vm, V1.VmmAnswer answer)
    {
        answer.Msis = new V1.MsiResults();
        var tally = default(InjectionTally);
        var beganAt = vm.Telemetry.BeginInjection();
        foreach (var message in messages)
        {
            var result = vm.Gic.SignalMsi(message.Its, message.Device, message.Event);
            tally.Count(result);
            answer.Msis.Results.Add(MsiAnswer.ToWire(result));
        }

        vm.Telemetry.EndInjection(InjectionPath.Session, tally, arrivedAt, beganAt);

        return true;
    }
}

/// <summary>A batch of accesses.</summary>
internal sealed class BatchWork(
    ulong sequence, BatchPlan plan, VmHost host, long arrivedAt, ItsServerLimits limits)
    : SessionWork(sequence)
{
    private readonly BatchProgress _progress = new(plan, arrivedAt, limits);

    public override bool Run(VmContent vm, V1.VmmAnswer answer)
    {
        if (!new BatchOperation(host.Name, plan, _progress, limits).Make(vm))
        {
            return false;
        }

        answer.Batch = _progress.Answer.ToResults();
        return true;
    }

    public override void Dispose()
    {
        base.Dispose();
        plan.Dispose();
    }
}
