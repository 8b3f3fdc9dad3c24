using ItsService.Core.Identifiers;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Memory;
using ItsService.Server.Memory.Remote;
using ItsService.Server.Msis;
using ItsService.Server.Telemetry;
using ItsService.Server.Wire;

namespace ItsService.Server.Accesses;

/// <summary>
/// Makes the accesses of a batch, in order: as a rule all in one entry into the gate. True when they are made; false
/// when others should come in before the rest, since the budget is spent and a write has cost more.
/// </summary>
internal readonly struct BatchOperation(string vmName, BatchPlan plan, BatchProgress progress, ItsServerLimits limits)
    : IVmOperation<bool>
{
    public bool Run(VmContent vm)
    {
        var areAllMade = Make(vm);
        if (areAllMade)
        {
            vm.Lines.Drain(progress.Answer.ChangedLines);
        }

        return areAllMade;
    }

    /// <summary>The same for who tells lines otherwise.</summary>
    public bool Make(VmContent vm)
    {
        if (progress.ArrivedAt != 0 && progress.EnteredAt == 0)
        {
            progress.EnteredAt = vm.Telemetry.BeginInjection();
        }

        if (plan.TouchesMemory && progress.MadeCount == 0)
        {
            CheckMemory(vm);
        }

        var areAllMade = MakeUntilTooMuch(vm);
        if (vm.Memory.HasRemote)
        {
            // Nobody waits for them before the rest is made.
            progress.LastWrite = Math.Max(progress.LastWrite, vm.Memory.Remote.TakeLastWrite());
            vm.Memory.Remote.AnswerAfter(areAllMade ? progress.LastWrite : 0);
        }

        return areAllMade;
    }

    private bool MakeUntilTooMuch(VmContent vm)
    {
        var accesses = plan.Accesses;
        var answer = progress.Answer;
        var budget = progress.CommandBudget;
        var index = progress.MadeCount;
        var isTooMuch = false;
        while (index < accesses.Length && !isTooMuch)
        {
            var budgetBefore = budget;
            try
            {
                Make(vm, accesses[index], answer, ref budget);
            }
            catch (MissingMemoryException) when (index > progress.MadeCount)
            {
                // What was made is not made again. The next entry begins with this one, and waits for its memory.
                break;
            }
            catch (MissingMemoryException missing)
            {
                missing.MadeBefore = index;
                throw;
            }

            index++;
            vm.Memory.Remote.Fetched?.Forget();

            // With nothing left no command runs: it is the write itself that did much.
            isTooMuch = budgetBefore <= 0 && budget < budgetBefore;
        }

        progress.MadeCount = index;
        progress.CommandBudget = budget;
        return index == accesses.Length;
    }

    // Inside the gate, since regions come and go; still before the first access.
    private void CheckMemory(VmContent vm)
    {
        var problems = new RequestProblems(vmName);
        for (var index = 0; index < plan.Accesses.Length; index++)
        {
            ref readonly var access = ref plan.Accesses[index];
            if (access.Kind is PlannedAccessKind.ReadMemory or PlannedAccessKind.WriteMemory)
            {
                var kind = access.Kind == PlannedAccessKind.ReadMemory ? "read_memory" : "write_memory";
                MemoryCheck.Place(vm.Memory, access.Range, FieldPath.InBatch(index, kind), problems);
            }
        }

        problems.ThrowIfAny();
        if (!vm.Memory.TryReserve(MemoryWrites()))
        {
            throw Refusal.Of(vmName, MemoryCheck.Exhausted("accesses", limits));
        }
    }

    private List<(GuestAddress Address, ReadOnlyMemory<byte> Source)> MemoryWrites()
    {
        var writes = new List<(GuestAddress Address, ReadOnlyMemory<byte> Source)>();
        foreach (ref readonly var access in plan.Accesses)
        {
            if (access.Kind == PlannedAccessKind.WriteMemory)
            {
                writes.Add((access.Range.Start, access.Data));
            }
        }

        return writes;
    }

    private void Make(VmContent vm, in PlannedAccess access, BatchAnswer answer, ref int commandBudget)
    {
        switch (access.Kind)
        {
            case PlannedAccessKind.ReadRegister:
                answer.AddValue(RegisterAccesses.Read(vm, access.Register));
                break;
            case PlannedAccessKind.WriteRegister:
                WriteRegister(vm, access, progress, ref commandBudget);
                break;
            case PlannedAccessKind.ReadSystemRegister:
                answer.AddValue(RegisterAccesses.Read(vm, access.SystemRegister));
                break;
            case PlannedAccessKind.WriteSystemRegister:
                RegisterAccesses.Write(vm, access.SystemRegister, access.Value);
                answer.AddDone();
                break;
            case PlannedAccessKind.ReadMemory:
                ReadMemory(vm, access, answer);
                break;
            case PlannedAccessKind.WriteMemory:
                WriteMemory(vm, access, answer);
                break;
            default:
                throw new InvalidOperationException($"A batch cannot do {access.Kind}.");
        }
    }

    private static void WriteRegister(
        VmContent vm, in PlannedAccess access, BatchProgress progress, ref int commandBudget)
    {
        var answer = progress.Answer;
        var beganAt = access.Requester is null || progress.HasMeasured ? 0 : vm.Telemetry.BeginInjection();
        var message = RegisterAccesses.Write(
            vm, access.Register, access.Value, access.Requester, ref commandBudget);
        if (beganAt != 0 && message is { } measured)
        {
            // What the batch did before it was no waiting for the VM.
            var arrivedAt = progress.EnteredAt == 0 ? 0 : beganAt - (progress.EnteredAt - progress.ArrivedAt);
            progress.HasMeasured = true;
            vm.Telemetry.EndInjection(InjectionPath.Doorbell, InjectionTally.Of(measured), arrivedAt, beganAt);
        }

        if (message is null)
        {
            answer.AddDone();
            return;
        }

        answer.Add(new V1.AccessResult { Done = new V1.WriteDone { Msi = MsiAnswer.ToWire(message) } });
    }

    // What was found before the first access may be gone when others have come in since.
    private static void ReadMemory(VmContent vm, in PlannedAccess access, BatchAnswer answer) =>
        answer.Add(ReadMemoryOperation.TryRead(vm, access.Range, field: "", out var bytes) is { } problem
            ? Failed(problem)
            : new V1.AccessResult { Data = bytes });

    private void WriteMemory(VmContent vm, in PlannedAccess access, BatchAnswer answer)
    {
        var end = vm.Memory.WriteAnyRegion(access.Range.Start, access.Data.Span);
        if (end == HostWrite.Done)
        {
            answer.AddDone();
            return;
        }

        answer.Add(Failed(MemoryCheck.NotWritten(end, access.Range, field: "", limits)));
    }

    private static V1.AccessResult Failed(in Problem problem) =>
        new() { Error = new V1.AccessError { Reason = problem.Reason, Message = problem.ToString() } };
}
