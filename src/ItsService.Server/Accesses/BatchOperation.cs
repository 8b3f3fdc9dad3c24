using ItsService.Core.Identifiers;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Memory;
using ItsService.Server.Msis;
using ItsService.Server.Wire;

namespace ItsService.Server.Accesses;

/// <summary>Makes the accesses of a batch, in order, in one entry into the gate.</summary>
internal readonly struct BatchOperation(string vmName, BatchPlan plan, ItsServerLimits limits)
    : IVmOperation<BatchAnswer>
{
    public BatchAnswer Run(VmContent vm)
    {
        if (plan.TouchesMemory)
        {
            CheckMemory(vm);
        }

        var answer = new BatchAnswer(plan.Accesses.Length);
        var commandBudget = limits.BatchCommandsMax;
        foreach (ref readonly var access in plan.Accesses)
        {
            Make(vm, access, answer, ref commandBudget);
        }

        vm.Lines.Drain(answer.ChangedLines);
        return answer;
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

    private static void Make(VmContent vm, in PlannedAccess access, BatchAnswer answer, ref int commandBudget)
    {
        switch (access.Kind)
        {
            case PlannedAccessKind.ReadRegister:
                answer.AddValue(RegisterAccesses.Read(vm, access.Register));
                break;
            case PlannedAccessKind.WriteRegister:
                WriteRegister(vm, access, answer, ref commandBudget);
                break;
            case PlannedAccessKind.ReadSystemRegister:
                answer.AddValue(RegisterAccesses.Read(vm, access.SystemRegister));
                break;
            case PlannedAccessKind.WriteSystemRegister:
                RegisterAccesses.Write(vm, access.SystemRegister, access.Value);
                answer.AddDone();
                break;
            case PlannedAccessKind.ReadMemory:
                answer.Add(new V1.AccessResult { Data = ReadMemoryOperation.Read(vm, access.Range) });
                break;
            case PlannedAccessKind.WriteMemory:
                WriteMemory(vm, access);
                answer.AddDone();
                break;
            default:
                throw new InvalidOperationException($"A batch cannot do {access.Kind}.");
        }
    }

    private static void WriteRegister(
        VmContent vm, in PlannedAccess access, BatchAnswer answer, ref int commandBudget)
    {
        var message = RegisterAccesses.Write(
            vm, access.Register, access.Value, access.Requester, ref commandBudget);
        if (message is null)
        {
            answer.AddDone();
            return;
        }

        answer.Add(new V1.AccessResult { Done = new V1.WriteDone { Msi = MsiAnswer.ToWire(message) } });
    }

    private static void WriteMemory(VmContent vm, in PlannedAccess access)
    {
        if (!vm.Memory.TryWriteAnyRegion(access.Range.Start, access.Data.Span))
        {
            throw new InvalidOperationException($"{access.Range} was reserved and cannot be written.");
        }
    }
}
