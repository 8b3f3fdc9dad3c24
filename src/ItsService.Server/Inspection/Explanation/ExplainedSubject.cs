using ItsService.Core;
using ItsService.Core.Identifiers;
using ItsService.Server.Accesses;
using ItsService.Server.Errors;
using EventId = ItsService.Core.Identifiers.EventId;

namespace ItsService.Server.Inspection.Explanation;

/// <summary>What is to be explained: an event of a device, or an INTID where that is not null.</summary>
internal readonly record struct ExplainedSubject(
    int Its, DeviceId Device, EventId Event, IntId? IntId, VcpuIndex Vcpu)
{
    private const uint PrivateCount = 32;

    /// <summary>From a request. Whether there is such an INTID is found in the VM.</summary>
    public static ExplainedSubject Read(
        VirtualGicConfiguration shape, V1.ExplainRequest request, RequestProblems problems)
    {
        switch (request.InterruptCase)
        {
            case V1.ExplainRequest.InterruptOneofCase.Event:
                var message = request.Event;
                IndexCheck.Check(message.Its, shape.ItsCount, "ITS", FieldPath.Request, "event.its", problems);
                return new ExplainedSubject(
                    (int)Math.Min(message.Its, int.MaxValue), new DeviceId(message.DeviceId),
                    new EventId(message.EventId), null, default);
            case V1.ExplainRequest.InterruptOneofCase.IntId:
                return Read(shape, request.IntId, problems);
            default:
                problems.Add(new Problem(V1.ErrorReason.Required, "interrupt", "the interrupt is missing")
                {
                    Accepted = "event (its, device_id and event_id) or int_id",
                });
                return default;
        }
    }

    private static ExplainedSubject Read(
        VirtualGicConfiguration shape, V1.IntIdToExplain asked, RequestProblems problems)
    {
        IndexCheck.Check(
            asked.Vcpu, shape.Affinities.Count, "vCPU", FieldPath.Request, "int_id.vcpu", problems);
        if (asked.HasVcpu && asked.IntId >= PrivateCount)
        {
            problems.Add(new Problem(
                V1.ErrorReason.OutOfRange, "int_id.vcpu", $"INTID {asked.IntId} is not of one vCPU")
            {
                Accepted = $"a vCPU with an SGI or PPI (int_id 0..{PrivateCount - 1}), and none with others",
            });
        }

        return new ExplainedSubject(
            0, default, default, new IntId(asked.IntId), new VcpuIndex((int)Math.Min(asked.Vcpu, int.MaxValue)));
    }
}
