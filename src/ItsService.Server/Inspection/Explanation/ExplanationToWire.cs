using ItsService.Core.Explanation;
using ItsService.Server.Diagnostics;

namespace ItsService.Server.Inspection.Explanation;

/// <summary>An explanation on the wire.</summary>
internal static class ExplanationToWire
{
    /// <summary>The answer.</summary>
    public static V1.ExplainResponse Of(ExplainedInterrupt found, ExplainedSubject subject)
    {
        var path = found.Path;
        var reason = ReasonOf(path.Reason);
        var message = NonDeliverySentence.Of(path, subject);
        var obstacle = VmObstacle.Of(found);
        var answer = new V1.ExplainResponse
        {
            Reason = obstacle?.Reason ?? reason,
            Message = obstacle?.Message ?? message,
            ReasonWhenRunning = reason,
            MessageWhenRunning = message,
            History = HistoryOf(path.History),
            Vm = new V1.VmStep { Passes = found.Runs, State = found.State, AwaitsInit = found.AwaitsInit },
            Its = StepsToWire.Of(path.Its),
            Device = StepsToWire.Of(path.Device),
            Event = StepsToWire.Of(path.Event),
            Collection = StepsToWire.Of(path.Collection),
            Redistributor = StepsToWire.Of(path.Redistributor),
            Configuration = StepsToWire.Of(path.Configuration),
            Interrupt = StepsToWire.Of(path.Direct),
            CpuInterface = StepsToWire.Of(path.CpuInterface),
            NearestDeviceIds = { path.NearestDevices.Select(device => device.Value) },
            NearestEventIds = { path.NearestEvents.Select(mapped => mapped.Value) },
            Mappings = { path.Mappings.Select(ToWire) },
            MappingsCut = path.IsSearchCut,
            LastEvents = { path.LastEvents.Select(ToWire) },
        };
        if (path.IntId is { } intId)
        {
            answer.IntId = intId.Value;
        }

        return answer;
    }

    private static V1.LpiMapping ToWire(MappedEvent mapped) =>
        new() { Its = (uint)mapped.Its, DeviceId = mapped.Device.Value, EventId = mapped.Event.Value };

    private static V1.MappingEvent ToWire(TouchingEvent touching)
    {
        if (touching.Mistake is { } kept)
        {
            var mistake = DiagnosticsPage.ToWire(kept, afterSequence: 0);
            return new V1.MappingEvent { Time = mistake.Time, Message = mistake.Message, Mistake = mistake };
        }

        var executed = touching.Command!.Value;
        return new V1.MappingEvent
        {
            Time = DiagnosticsPage.TimeOf(executed.Mark),
            Message = ExecutedSentence.Of(executed.Command),
            Command = new V1.MappingCommand
            {
                Its = (uint)executed.Its,
                OpcodeName = CommandNames.Of(executed.Command.Opcode),
                Slot = CommandFields.Bytes(executed.Command),
            },
        };
    }

    private static V1.PendingHistory HistoryOf(PendingHistory history) => history switch
    {
        PendingHistory.Never => V1.PendingHistory.Never,
        PendingHistory.Pending => V1.PendingHistory.Pending,
        PendingHistory.Acknowledged => V1.PendingHistory.Acknowledged,
        PendingHistory.TakenAway => V1.PendingHistory.TakenAway,
        PendingHistory.Unknown => V1.PendingHistory.Unknown,
        _ => throw new ArgumentOutOfRangeException(nameof(history), history, "no word on the wire for this history"),
    };

    /// <summary>The reason on the wire.</summary>
    public static V1.NonDelivery ReasonOf(NonDelivery reason) => reason switch
    {
        NonDelivery.ItsDisabled => V1.NonDelivery.ItsDisabled,
        NonDelivery.DeviceOutOfRange => V1.NonDelivery.DeviceOutOfRange,
        NonDelivery.Level1Invalid => V1.NonDelivery.Level1Invalid,
        NonDelivery.DeviceUnmapped => V1.NonDelivery.DeviceUnmapped,
        NonDelivery.EventOutOfRange => V1.NonDelivery.EventOutOfRange,
        NonDelivery.EventUnmapped => V1.NonDelivery.EventUnmapped,
        NonDelivery.IntIdUnmapped => V1.NonDelivery.IntIdUnmapped,
        NonDelivery.CollectionUnmapped => V1.NonDelivery.CollectionUnmapped,
        NonDelivery.LpisDisabled => V1.NonDelivery.LpisDisabled,
        NonDelivery.IntIdOutOfRange => V1.NonDelivery.IntIdOutOfRange,
        NonDelivery.PendingLimit => V1.NonDelivery.PendingLimit,
        NonDelivery.NeverSent => V1.NonDelivery.NeverSent,
        NonDelivery.TakenAway => V1.NonDelivery.TakenAway,
        NonDelivery.Acknowledged => V1.NonDelivery.Acknowledged,
        NonDelivery.NotPending => V1.NonDelivery.NotPending,
        NonDelivery.InvalidateMissing => V1.NonDelivery.InvalidateMissing,
        NonDelivery.Disabled => V1.NonDelivery.Disabled,
        NonDelivery.ConfigurationUnreadable => V1.NonDelivery.ConfigurationUnreadable,
        NonDelivery.NoTarget => V1.NonDelivery.NoTarget,
        NonDelivery.GroupDisabledInDistributor => V1.NonDelivery.GroupDisabledInDistributor,
        NonDelivery.GroupDisabledInCpuInterface => V1.NonDelivery.GroupDisabledInCpuInterface,
        NonDelivery.MaskedByPriorityMask => V1.NonDelivery.MaskedByPriorityMask,
        NonDelivery.MaskedByRunningPriority => V1.NonDelivery.MaskedByRunningPriority,
        NonDelivery.Outranked => V1.NonDelivery.Outranked,
        NonDelivery.LineRaised => V1.NonDelivery.LineRaised,
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "no word on the wire for this reason"),
    };
}
