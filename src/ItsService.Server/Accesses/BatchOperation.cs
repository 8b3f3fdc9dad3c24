using ItsService.Core.Identifiers;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Memory;
using ItsService.Server.Msis;

namespace ItsService.Server.Accesses;

/// <summary>Makes the accesses of a batch, in order, in one entry into the gate.</summary>
internal readonly struct BatchOperation(string vmName, BatchPlan plan, ItsServerLimits limits)
    : IVmOperation<V1.BatchResponse>
{
    // Most writes have the same answer: one object stands for all of them, which nobody changes.
    private static readonly V1.AccessResult WriteDone = new() { Done = new V1.WriteDone() };

    public V1.BatchResponse Run(VmContent vm)
    {
        if (plan.TouchesMemory)
        {
            CheckMemory(vm);
        }

        var response = new V1.BatchResponse();
        response.Results.Capacity = plan.Accesses.Length;
        var commandBudget = limits.BatchCommandsMax;
        foreach (ref readonly var access in plan.Accesses)
        {
            response.Results.Add(Make(vm, access, ref commandBudget));
        }

        vm.Lines.Drain(response.ChangedLines);
        return response;
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
            if (access is { Kind: PlannedAccessKind.WriteMemory, Data: { } data })
            {
                writes.Add((access.Range.Start, data.Memory));
            }
        }

        return writes;
    }

    private static V1.AccessResult Make(VmContent vm, in PlannedAccess access, ref int commandBudget) =>
        access.Kind switch
        {
            PlannedAccessKind.ReadRegister =>
                new V1.AccessResult { Value = RegisterAccesses.Read(vm, access.Register) },
            PlannedAccessKind.WriteRegister => WriteRegister(vm, access, ref commandBudget),
            PlannedAccessKind.ReadSystemRegister =>
                new V1.AccessResult { Value = RegisterAccesses.Read(vm, access.SystemRegister) },
            PlannedAccessKind.WriteSystemRegister => WriteSystemRegister(vm, access),
            PlannedAccessKind.ReadMemory => new V1.AccessResult { Data = ReadMemoryOperation.Read(vm, access.Range) },
            PlannedAccessKind.WriteMemory => WriteMemory(vm, access),
            _ => throw new InvalidOperationException($"A batch cannot do {access.Kind}."),
        };

    private static V1.AccessResult WriteRegister(VmContent vm, in PlannedAccess access, ref int commandBudget)
    {
        var message = RegisterAccesses.Write(
            vm, access.Register, access.Value, access.Requester, ref commandBudget);
        return message is null
            ? WriteDone
            : new V1.AccessResult { Done = new V1.WriteDone { Msi = MsiAnswer.ToWire(message) } };
    }

    private static V1.AccessResult WriteSystemRegister(VmContent vm, in PlannedAccess access)
    {
        RegisterAccesses.Write(vm, access.SystemRegister, access.Value);
        return WriteDone;
    }

    private static V1.AccessResult WriteMemory(VmContent vm, in PlannedAccess access)
    {
        if (!vm.Memory.TryWriteAnyRegion(access.Range.Start, access.Data!.Span))
        {
            throw new InvalidOperationException($"{access.Range} was reserved and cannot be written.");
        }

        return WriteDone;
    }
}
