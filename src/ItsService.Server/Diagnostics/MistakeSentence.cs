using ItsService.Core.Commands;
using ItsService.Core.Events;
using ItsService.Core.Translation;

namespace ItsService.Server.Diagnostics;

/// <summary>What a guest did wrong, in one sentence for a person.</summary>
internal static class MistakeSentence
{
    /// <summary>The sentence.</summary>
    public static string Of(in GicEvent mistake) => mistake.Kind switch
    {
        GicEventKind.CommandFailed => CommandSentence.Of(mistake.Command, mistake.Error),
        GicEventKind.QueueStalled => $"the queue stalled: {CommandSentence.Of(mistake.Command, mistake.Error)}",
        GicEventKind.MsiDropped =>
            $"{Sender(mistake)} event {mistake.Event.Value} of device 0x{mistake.Device.Value:X} "
            + $"was dropped: {WhyDropped(mistake)}",
        GicEventKind.ConfigurationUnreadable =>
            $"the configuration of LPI {mistake.Lpi.Value} cannot be read through GICR_PROPBASER of "
            + $"vCPU {mistake.Vcpu.Value}; the LPI keeps the one that it had",
        GicEventKind.PendingTableUnreadable =>
            $"the pending table of vCPU {mistake.Vcpu.Value} cannot be read; no LPI of it is pending",
        GicEventKind.PendingTableUnwritable =>
            $"the pending table of vCPU {mistake.Vcpu.Value} cannot be written; {Lost(mistake.LpiCount)}",
        GicEventKind.PendingTableTooFull =>
            $"the pending table of vCPU {mistake.Vcpu.Value} holds more LPIs than may still become pending in one VM; "
            + Lost(mistake.LpiCount),
        GicEventKind.DirectLpiDropped =>
            $"INTID {mistake.Lpi.Value}, which GICR_SETLPIR named, was dropped: {WhyNotTaken(mistake)}",
        GicEventKind.DoorbellWriteIgnored =>
            $"{Writer(mistake)} of {mistake.SizeBytes} bytes at 0x{mistake.Offset:X} of the ITS is no message: "
            + WhyNoMessage(mistake),
        _ => $"{mistake.Kind}",
    };

    private static string Sender(in GicEvent mistake) =>
        mistake.Opcode == CommandOpcode.Int ? "the message that INT sent for" : "the message for";

    private static string Lost(int lpiCount) => lpiCount == 1
        ? "the LPI that was pending is lost"
        : $"the {lpiCount} LPIs that were pending are lost";

    private static string WhyNotTaken(in GicEvent mistake) => mistake.Outcome == MsiOutcome.DroppedIntIdOutOfRange
        ? $"it is no LPI that GICR_PROPBASER.IDbits of vCPU {mistake.Vcpu.Value} covers"
        : WhyDropped(mistake);

    private static string Writer(in GicEvent mistake) =>
        mistake.IsByDevice ? $"the write by device 0x{mistake.Device.Value:X}" : "the store by a CPU";

    private static string WhyNoMessage(in GicEvent mistake) => mistake.IsByDevice
        ? "GITS_TRANSLATER is at 0x10040 and takes 2 or 4 bytes"
        : "it has no DeviceID";

    private static string WhyDropped(in GicEvent mistake) => mistake.Outcome switch
    {
        MsiOutcome.DroppedItsDisabled => "GITS_CTLR.Enabled is 0",
        MsiOutcome.DroppedDeviceOutOfRange => "the DeviceID is beyond GITS_TYPER.Devbits or the device table",
        MsiOutcome.DroppedLevel1Invalid => "the level-1 entry of the device table leads nowhere",
        MsiOutcome.DroppedDeviceUnmapped => "no MAPD has mapped the device",
        MsiOutcome.DroppedEventOutOfRange => "the EventID is beyond the size that MAPD gave",
        MsiOutcome.DroppedEventUnmapped => "no MAPTI has mapped the event",
        MsiOutcome.DroppedCollectionUnmapped => "no MAPC has mapped the event's collection",
        MsiOutcome.DroppedLpisDisabled => $"GICR_CTLR.EnableLPIs of vCPU {mistake.Vcpu.Value} is 0",
        MsiOutcome.DroppedIntIdOutOfRange =>
            $"LPI {mistake.Lpi.Value} is beyond GICR_PROPBASER.IDbits of vCPU {mistake.Vcpu.Value}",
        MsiOutcome.DroppedPendingLimit => "as many LPIs are pending as may be in one VM",
        _ => $"{mistake.Outcome}",
    };
}
