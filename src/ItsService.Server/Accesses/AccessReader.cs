using ItsService.Core;
using ItsService.Core.Identifiers;
using ItsService.Server.Errors;
using ItsService.Server.Memory;

namespace ItsService.Server.Accesses;

/// <summary>From an Access to a checked one.</summary>
internal static class AccessReader
{
    /// <summary>The access; nonsense when problems were found.</summary>
    public static PlannedAccess Read(
        VirtualGicConfiguration shape, V1.Access access, int index, ItsServerLimits limits, RequestProblems problems)
    {
        switch (access.KindCase)
        {
            case V1.Access.KindOneofCase.Read:
                return ReadRead(shape, access.Read, FieldPath.InBatch(index, "read"), problems);
            case V1.Access.KindOneofCase.Write:
                return ReadWrite(shape, access.Write, FieldPath.InBatch(index, "write"), problems);
            case V1.Access.KindOneofCase.ReadSystemRegister:
                return ReadReadSystemRegister(
                    shape, access.ReadSystemRegister, FieldPath.InBatch(index, "read_system_register"), problems);
            case V1.Access.KindOneofCase.WriteSystemRegister:
                return ReadWriteSystemRegister(
                    shape, access.WriteSystemRegister, FieldPath.InBatch(index, "write_system_register"), problems);
            case V1.Access.KindOneofCase.ReadMemory:
                return ReadReadMemory(access.ReadMemory, FieldPath.InBatch(index, "read_memory"), limits, problems);
            case V1.Access.KindOneofCase.WriteMemory:
                return ReadWriteMemory(access.WriteMemory, FieldPath.InBatch(index, "write_memory"), limits, problems);
            default:
                problems.Add(new Problem(V1.ErrorReason.Required, $"accesses[{index}]", "the access is missing"));
                return default;
        }
    }

    /// <summary>From a read of a register; nonsense when problems were found.</summary>
    public static PlannedAccess ReadRead(
        VirtualGicConfiguration shape, V1.ReadAccess access, FieldPath path, RequestProblems problems) =>
        new(PlannedAccessKind.ReadRegister)
        {
            Register = RegisterTargetReader.Read(shape, access.Target, access.SizeBytes, path, problems),
        };

    /// <summary>From a write of a register; nonsense when problems were found.</summary>
    public static PlannedAccess ReadWrite(
        VirtualGicConfiguration shape, V1.WriteAccess access, FieldPath path, RequestProblems problems)
    {
        var place = RegisterTargetReader.Read(shape, access.Target, access.SizeBytes, path, problems);
        RegisterTargetReader.CheckValue(access.Value, place.SizeBytes, path, problems);
        return new PlannedAccess(PlannedAccessKind.WriteRegister)
        {
            Register = place,
            Value = access.Value,
            Requester = access.HasDeviceId ? new DeviceId(access.DeviceId) : null,
        };
    }

    /// <summary>From a read of a system register; nonsense when problems were found.</summary>
    public static PlannedAccess ReadReadSystemRegister(
        VirtualGicConfiguration shape, V1.ReadSystemRegisterAccess access, FieldPath path, RequestProblems problems) =>
        new(PlannedAccessKind.ReadSystemRegister)
        {
            SystemRegister = SystemRegisterTargetReader.Read(shape, access.Vcpu, access.Target, path, problems),
        };

    /// <summary>From a write of a system register; nonsense when problems were found.</summary>
    public static PlannedAccess ReadWriteSystemRegister(
        VirtualGicConfiguration shape, V1.WriteSystemRegisterAccess access, FieldPath path,
        RequestProblems problems) =>
        new(PlannedAccessKind.WriteSystemRegister)
        {
            SystemRegister = SystemRegisterTargetReader.Read(shape, access.Vcpu, access.Target, path, problems),
            Value = access.Value,
        };

    /// <summary>From a read of memory; nonsense when problems were found.</summary>
    public static PlannedAccess ReadReadMemory(
        V1.ReadMemoryAccess access, FieldPath path, ItsServerLimits limits, RequestProblems problems)
    {
        MemoryCheck.Length(access.LengthBytes, "length_bytes", limits, path, problems);
        return new PlannedAccess(PlannedAccessKind.ReadMemory)
        {
            Range = new GuestRange(new GuestAddress(access.Address), access.LengthBytes),
        };
    }

    /// <summary>From a write of memory; nonsense when problems were found.</summary>
    public static PlannedAccess ReadWriteMemory(
        V1.WriteMemoryAccess access, FieldPath path, ItsServerLimits limits, RequestProblems problems)
    {
        MemoryCheck.Length((ulong)access.Data.Length, "data", limits, path, problems);
        return new PlannedAccess(PlannedAccessKind.WriteMemory)
        {
            Range = new GuestRange(new GuestAddress(access.Address), (ulong)access.Data.Length),
            Data = access.Data.Memory,
        };
    }
}
