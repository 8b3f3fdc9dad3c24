using ItsService.Server.Accesses;
using ItsService.Server.Errors;
using ItsService.Server.Levels;
using ItsService.Server.Machines;
using ItsService.Server.Msis;

namespace ItsService.Server.Sessions;

/// <summary>From a VmmRequest to checked work: the checks of the unary calls.</summary>
internal static class SessionRequestReader
{
    /// <summary>The work; throws a refusal when anything is wrong with the request.</summary>
    /// <param name="vm">The VM.</param>
    /// <param name="request">The request.</param>
    /// <param name="arrivedAt">When it was read; 0 where nobody measures.</param>
    /// <param name="limits">What clients may ask for.</param>
    public static SessionWork Read(VmHost vm, V1.VmmRequest request, long arrivedAt, ItsServerLimits limits)
    {
        var problems = new RequestProblems(vm.Name);
        var work = Read(vm, request, arrivedAt, limits, problems);
        problems.ThrowIfAny();
        return work;
    }

    private static SessionWork Read(
        VmHost vm, V1.VmmRequest request, long arrivedAt, ItsServerLimits limits, RequestProblems problems)
    {
        switch (request.KindCase)
        {
            case V1.VmmRequest.KindOneofCase.Levels:
                return new LevelWork(
                    request.Sequence, LineMoves.Read(vm.Shape, request.Levels.Levels, limits, problems));
            case V1.VmmRequest.KindOneofCase.Msis:
                return new MsiWork(request.Sequence, ReadMessages(vm, request.Msis, limits, problems), arrivedAt);
            case V1.VmmRequest.KindOneofCase.Batch:
                var plan = BatchReader.Read(vm.Shape, request.Batch.Accesses, limits, problems);
                return new BatchWork(request.Sequence, plan, vm, arrivedAt, limits);
            default:
                return new AccessWork(
                    request.Sequence, ReadAccess(vm, request, limits, problems), vm, arrivedAt, limits);
        }
    }

    private static PlannedAccess ReadAccess(
        VmHost vm, V1.VmmRequest request, ItsServerLimits limits, RequestProblems problems)
    {
        switch (request.KindCase)
        {
            case V1.VmmRequest.KindOneofCase.Read:
                return AccessReader.ReadRead(vm.Shape, request.Read, FieldPath.InSession("read"), problems);
            case V1.VmmRequest.KindOneofCase.Write:
                return AccessReader.ReadWrite(vm.Shape, request.Write, FieldPath.InSession("write"), problems);
            case V1.VmmRequest.KindOneofCase.ReadSystemRegister:
                return AccessReader.ReadReadSystemRegister(
                    vm.Shape, request.ReadSystemRegister, FieldPath.InSession("read_system_register"), problems);
            case V1.VmmRequest.KindOneofCase.WriteSystemRegister:
                return AccessReader.ReadWriteSystemRegister(
                    vm.Shape, request.WriteSystemRegister, FieldPath.InSession("write_system_register"), problems);
            case V1.VmmRequest.KindOneofCase.ReadMemory:
                return AccessReader.ReadReadMemory(
                    request.ReadMemory, FieldPath.InSession("read_memory"), limits, problems);
            case V1.VmmRequest.KindOneofCase.WriteMemory:
                return AccessReader.ReadWriteMemory(
                    request.WriteMemory, FieldPath.InSession("write_memory"), limits, problems);
            default:
                problems.Add(new Problem(
                    V1.ErrorReason.Required, "kind", "the request asks for nothing that this server knows")
                {
                    Accepted = "one of the kinds of VmmRequest",
                });
                return default;
        }
    }

    private static MsiMessage[] ReadMessages(
        VmHost vm, V1.MsiList list, ItsServerLimits limits, RequestProblems problems)
    {
        CheckCount(list.Msis.Count, "msis", limits, problems);
        var messages = new MsiMessage[list.Msis.Count];
        for (var index = 0; index < messages.Length; index++)
        {
            messages[index] = MsiMessage.Read(vm.Shape, list.Msis[index], $"msis[{index}].", problems);
        }

        return messages;
    }

    private static void CheckCount(int count, string field, ItsServerLimits limits, RequestProblems problems)
    {
        if (count > limits.BatchAccessesMax)
        {
            problems.Add(new Problem(V1.ErrorReason.LimitExceeded, field, $"{count} in one request")
            {
                Accepted = $"at most {limits.BatchAccessesMax}",
            });
            problems.ThrowIfAny();
        }
    }
}
