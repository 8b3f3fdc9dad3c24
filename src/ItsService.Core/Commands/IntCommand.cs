using ItsService.Core.Identifiers;
using ItsService.Core.Translation;

namespace ItsService.Core.Commands;

/// <summary>INT makes an event's LPI pending, as the device's own message would (commands 6.8).</summary>
/// <remarks>
/// <code>
/// DW0  63:32 DeviceID                    7:0 opcode 0x03
/// DW1                                    31:0 EventID
/// </code>
/// A redistributor with LPIs disabled, or to which the LPI is out of range, ignores it: that is no error. So does one
/// of a VM that has as many pending LPIs as it may.
/// </remarks>
internal readonly record struct IntCommand(DeviceId Device, EventId Event) : ICommand<IntCommand>
{
    public static IntCommand Decode(in CommandPacket packet) => new(packet.Device, packet.Event);

    public CommandResult Execute(InterruptTranslationService service)
    {
        if (service.Devices[Device.Value] is not { } device)
        {
            return EndWithoutDevice(service);
        }

        var result = MsiTranslator.Signal(service, device, Event);
        service.Parts.Counters.CountIntCommand(result.Outcome);
        service.Parts.Trace?.NoteIntCommand(service.Number, Device, Event, result);
        if (result.Outcome.IsRedistributors())
        {
            service.ReportDrop(Device, Event, result, CommandOpcode.Int);
        }

        return result.Outcome switch
        {
            MsiOutcome.DroppedEventOutOfRange => CommandError.IntIdOutOfRange,
            MsiOutcome.DroppedEventUnmapped => CommandError.IntUnmappedInterrupt,
            MsiOutcome.DroppedCollectionUnmapped => CommandError.IntUnmappedCollection,
            _ => CommandResult.Done,
        };
    }

    /// <summary>A message does not wait for the table that tells why (decision 0003); a command does.</summary>
    private CommandResult EndWithoutDevice(InterruptTranslationService service)
    {
        var slot = service.LocateDevice(Device);
        var result = MissingDevice.Classify(slot, CommandError.IntDeviceOutOfRange, CommandError.IntUnmappedDevice);
        if (!result.IsNotResident)
        {
            service.Parts.Counters.CountIntCommand(MsiTranslator.OutcomeWithoutDevice(slot));
        }

        return result;
    }
}
