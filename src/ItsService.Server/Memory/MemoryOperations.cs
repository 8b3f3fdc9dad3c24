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
        return new V1.ReadMemoryResponse { Data = Read(vm, range) };
    }

    /// <summary>The bytes of a range that was found inside a region.</summary>
    public static ByteString Read(VmContent vm, GuestRange range)
    {
        var bytes = new byte[range.LengthBytes];
        if (!vm.Memory.Read(range.Start, bytes).IsOk)
        {
            throw new InvalidOperationException($"{range} was there and cannot be read.");
        }

        return UnsafeByteOperations.UnsafeWrap(bytes);
    }
}

/// <summary>Writes guest memory, read-only regions included: the caller is no guest.</summary>
internal readonly struct WriteMemoryOperation(
    string vmName, GuestAddress address, ByteString data, ItsServerLimits limits) : IVmOperation<V1.WriteMemoryResponse>
{
    public V1.WriteMemoryResponse Run(VmContent vm)
    {
        var problems = new RequestProblems(vmName);
        MemoryCheck.Place(vm.Memory, new GuestRange(address, (ulong)data.Length), FieldPath.Request, problems);
        problems.ThrowIfAny();
        if (!vm.Memory.TryWriteAnyRegion(address, data.Span))
        {
            throw Refusal.Of(vmName, MemoryCheck.Exhausted("data", limits));
        }

        return new V1.WriteMemoryResponse();
    }
}
