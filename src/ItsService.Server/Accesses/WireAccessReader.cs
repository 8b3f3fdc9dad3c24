using ItsService.Core;
using ItsService.Core.Identifiers;
using ItsService.Server.Errors;
using ItsService.Server.Memory;
using ItsService.Server.Wire;

namespace ItsService.Server.Accesses;

/// <summary>From an Access that is read where it lies to a checked one: the same checks as AccessReader's.</summary>
internal static class WireAccessReader
{
    /// <summary>
    /// The access; nonsense when problems were found. <paramref name="before"/> is the batch up to the access's end.
    /// </summary>
    public static PlannedAccess Read(
        VirtualGicConfiguration shape, in WireAccess access, ReadOnlyMemory<byte> before, int index,
        ItsServerLimits limits, RequestProblems problems)
    {
        switch (access.Kind)
        {
            case V1.Access.KindOneofCase.Read:
                return new PlannedAccess(PlannedAccessKind.ReadRegister)
                {
                    Register = Place(shape, access, FieldPath.InBatch(index, "read"), problems),
                };
            case V1.Access.KindOneofCase.Write:
                return ReadWrite(shape, access, FieldPath.InBatch(index, "write"), problems);
            case V1.Access.KindOneofCase.ReadSystemRegister:
                return new PlannedAccess(PlannedAccessKind.ReadSystemRegister)
                {
                    SystemRegister = SystemRegisterTargetReader.Read(
                        shape, access.Vcpu, access.Encoding, FieldPath.InBatch(index, "read_system_register"),
                        problems),
                };
            case V1.Access.KindOneofCase.WriteSystemRegister:
                return new PlannedAccess(PlannedAccessKind.WriteSystemRegister)
                {
                    SystemRegister = SystemRegisterTargetReader.Read(
                        shape, access.Vcpu, access.Encoding, FieldPath.InBatch(index, "write_system_register"),
                        problems),
                    Value = access.Value,
                };
            case V1.Access.KindOneofCase.WriteMemory:
                return ReadMemoryWrite(access, before, FieldPath.InBatch(index, "write_memory"), limits, problems);
            default:
                throw new ArgumentException($"{access.Kind} is none that is read where it lies.", nameof(access));
        }
    }

    private static PlannedAccess ReadWrite(
        VirtualGicConfiguration shape, in WireAccess access, FieldPath path, RequestProblems problems)
    {
        var place = Place(shape, access, path, problems);
        RegisterTargetReader.CheckValue(access.Value, place.SizeBytes, path, problems);
        return new PlannedAccess(PlannedAccessKind.WriteRegister)
        {
            Register = place,
            Value = access.Value,
            Requester = access.DeviceId is { } device ? new DeviceId(device) : null,
        };
    }

    private static RegisterPlace Place(
        VirtualGicConfiguration shape, in WireAccess access, FieldPath path, RequestProblems problems) =>
        access.Place == V1.RegisterTarget.PlaceOneofCase.Address
            ? RegisterTargetReader.ReadAddress(shape, access.Address, access.SizeBytes, path, problems)
            : RegisterTargetReader.ReadFrameOffset(
                shape, access.Frame, access.FrameIndex, access.FrameOffset, access.SizeBytes, path, problems);

    private static PlannedAccess ReadMemoryWrite(
        in WireAccess access, ReadOnlyMemory<byte> before, FieldPath path, ItsServerLimits limits,
        RequestProblems problems)
    {
        MemoryCheck.Length((ulong)access.DataLength, "data", limits, path, problems);
        return new PlannedAccess(PlannedAccessKind.WriteMemory)
        {
            Range = new GuestRange(new GuestAddress(access.Address), (ulong)access.DataLength),
            Data = before[^access.DataLength..],
        };
    }
}
