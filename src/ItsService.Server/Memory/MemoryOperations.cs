using Google.Protobuf;
using ItsService.Core.Identifiers;
using ItsService.Server.Accesses;
using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.Memory;

/// <summary>Reads guest memory.</summary>
internal readonly struct ReadMemoryOperation(string vmName, GuestRange range) : IVmOperation<V1.ReadMemoryResponse>
{
    public V1.ReadMemoryResponse Run(VmContent vm)
    {
        var problems = new RequestProblems(vmName);
        MemoryCheck.Place(vm.Memory, range, FieldPath.Request, problems);
        problems.ThrowIfAny();
        return TryRead(vm, range, "address", out var bytes) is { } problem
            ? throw Refusal.Of(vmName, problem)
            : new V1.ReadMemoryResponse { Data = bytes };
    }

    /// <summary>Reads bytes, or tells why they cannot be read.</summary>
    public static Problem? TryRead(VmContent vm, GuestRange range, string field, out ByteString bytes)
    {
        bytes = ByteString.Empty;
        if (!vm.Memory.IsRam(range))
        {
            return MemoryCheck.NotRam(range, field);
        }

        var read = new byte[range.LengthBytes];
        var outcome = vm.Memory.Read(range.Start, read);
        if (!outcome.IsOk)
        {
            AccessEnd.MustNotWait(outcome);
            return MemoryCheck.Unreadable(range, field);
        }

        bytes = UnsafeByteOperations.UnsafeWrap(read);
        return null;
    }
}

/// <summary>Writes guest memory, read-only regions included: the caller is no guest.</summary>
internal readonly struct WriteMemoryOperation(
    string vmName, GuestAddress address, ByteString data, ItsServerLimits limits) : IVmOperation<V1.WriteMemoryResponse>
{
    public V1.WriteMemoryResponse Run(VmContent vm)
    {
        var problems = new RequestProblems(vmName);
        var range = new GuestRange(address, (ulong)data.Length);
        MemoryCheck.Place(vm.Memory, range, FieldPath.Request, problems);
        problems.ThrowIfAny();
        var end = vm.Memory.WriteAnyRegion(address, data.Span);
        return end == HostWrite.Done
            ? new V1.WriteMemoryResponse()
            : throw Refusal.Of(vmName, MemoryCheck.NotWritten(end, range, "data", limits));
    }
}
