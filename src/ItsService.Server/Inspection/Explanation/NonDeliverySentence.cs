using ItsService.Core.Explanation;

namespace ItsService.Server.Inspection.Explanation;

/// <summary>Why an interrupt was not taken and what to do, in one sentence for a person.</summary>
internal static class NonDeliverySentence
{
    private const uint FirstPpi = 16;
    private const uint FirstSpi = 32;
    private const uint FirstLpi = 8192;

    /// <summary>The sentence, without regard to whether the VM runs.</summary>
    public static string Of(InterruptExplanation path, ExplainedSubject subject) => path.Reason switch
    {
        NonDelivery.ItsDisabled =>
            $"GITS_CTLR.Enabled of ITS {path.Its!.Value.Its} is 0, so that it drops every message; "
            + "the guest must set up its queue and tables and then write 1",
        NonDelivery.DeviceOutOfRange =>
            $"{Device(path)} is beyond GITS_TYPER.Devbits or the device table of GITS_BASER0, or its entry there is "
            + $"not in guest RAM; give the device a DeviceID in range or the ITS a larger table{NearestDevices(path)}",
        NonDelivery.Level1Invalid =>
            $"the level-1 entry for {Device(path)}{Level1(path)} leads nowhere; the guest must write one with "
            + "Valid (bit 63) and the address of a page in RAM there, and then issue MAPD",
        NonDelivery.DeviceUnmapped =>
            $"no MAPD has mapped {Device(path)}; the guest's driver must, or the device sends with another DeviceID "
            + $"than the driver maps{NearestDevices(path)}{Queue(path)}",
        NonDelivery.EventOutOfRange =>
            $"{Event(path)} is beyond the {path.Device!.Value.EventIdBits} EventID bits that MAPD gave; the guest "
            + $"must map the device with more, or the device send a smaller one{NearestEvents(path)}",
        NonDelivery.EventUnmapped =>
            $"no MAPTI or MAPI has mapped {Event(path)}; the guest's driver must, or the device sends another EventID "
            + $"than the driver maps{NearestEvents(path)}{Queue(path)}",
        NonDelivery.IntIdUnmapped =>
            $"no event maps {Interrupt(path)}, and it is not pending; the guest must map one to it by MAPTI",
        NonDelivery.CollectionUnmapped =>
            $"no MAPC has mapped collection {path.Collection!.Value.Collection.Value}, to which "
            + $"{Source(path, subject)} belongs; the guest must, or move the event to another by MOVI{Queue(path)}",
        NonDelivery.LpisDisabled =>
            $"GICR_CTLR.EnableLPIs of vCPU {Vcpu(path)} is 0, so that its LPIs are dropped; "
            + "the guest must set GICR_PROPBASER and GICR_PENDBASER and then write 1",
        NonDelivery.IntIdOutOfRange =>
            $"{Interrupt(path)} is beyond the {path.Redistributor!.Value.Summary.IntIdBits} INTID bits of "
            + $"GICR_PROPBASER of vCPU {Vcpu(path)}; the guest must map the event to a smaller INTID, or give a "
            + "larger table before it enables LPIs",
        NonDelivery.PendingLimit =>
            "as many LPIs are pending as may be in one VM, so that a message is dropped; vCPUs must take some first",
        NonDelivery.NeverSent => NeverSent(path, subject),
        NonDelivery.TakenAway =>
            $"{Interrupt(path)} was pending and stopped being so without a vCPU: "
            + (IsLpi(path)
                ? "by CLEAR, GICR_CLRLPIR or DISCARD, or as LPIs were disabled; a new message makes it pending again"
                : "its line fell, or a register took the pending state away; look at the device"),
        NonDelivery.Acknowledged => Acknowledged(path),
        NonDelivery.NotPending =>
            $"{Interrupt(path)} is not pending and nothing is in its way; whether it was pending is not known, since "
            + "the VM's state was restored: send it again",
        _ => PendingSentence.Of(path, subject),
    };

    /// <summary>As in "LPI 8192" or "PPI 27 of vCPU 1".</summary>
    public static string Interrupt(InterruptExplanation path)
    {
        var intId = path.IntId!.Value.Value;
        return intId < FirstSpi
            ? $"{(intId < FirstPpi ? "SGI" : "PPI")} {intId} of vCPU {path.Direct!.Value.Target!.Value.Value}"
            : $"{(intId < FirstLpi ? "SPI" : "LPI")} {intId}";
    }

    /// <summary>What maps the LPI, as in "event 3 of device 0x10".</summary>
    public static string Source(InterruptExplanation path, ExplainedSubject subject) =>
        path.Event is not null ? Event(path)
        : subject.IntId is null ? $"event {subject.Event.Value} of device 0x{subject.Device.Value:X}"
        : "the event that maps it";

    /// <summary>
    /// What waits in the ITS's queue: the command that is missed may be there. Empty where nothing does.
    /// </summary>
    public static string Queue(InterruptExplanation path) => path.Its switch
    {
        { IsStalled: true } its => $" (the queue of ITS {its.Its} is stalled on the command at 0x{its.ReadOffset:X}: "
            + "none behind it was executed)",
        { } its when its.ReadOffset != its.WriteOffset => $" (commands wait in the queue of ITS {its.Its} from "
            + $"0x{its.ReadOffset:X} to 0x{its.WriteOffset:X})",
        _ => "",
    };

    private static string NeverSent(InterruptExplanation path, ExplainedSubject subject) => IsLpi(path)
        ? $"{Interrupt(path)} was never pending since {Source(path, subject)} maps it, and nothing is in a message's "
            + "way: none has come. See that the device is set up, and to which address, with which DeviceID and "
            + "EventID it writes"
        : $"{Interrupt(path)} was never pending since the reset: nobody has raised its line or set it pending";

    private static string Acknowledged(InterruptExplanation path) => path.Direct is { IsActive: true }
        ? $"{Interrupt(path)} was acknowledged and is active: it is not signalled again before its handler ends it by "
            + "ICC_EOIR1_EL1 or ICC_EOIR0_EL1, and with EOImode 1 by ICC_DIR_EL1 as well"
        : $"{Interrupt(path)} was pending and a vCPU has acknowledged it, so it did arrive; none has come since";

    private static string Device(InterruptExplanation path) => $"device 0x{path.Device!.Value.Device.Value:X}";

    private static string Event(InterruptExplanation path) =>
        $"event {path.Event!.Value.Event.Value} of {Device(path)}";

    private static string Level1(InterruptExplanation path) => path.Device!.Value switch
    {
        { Level1Address: { } address, Level1Entry: { } entry } => $" (0x{entry:X} at 0x{address.Value:X})",
        { Level1Address: { } address } => $" (at 0x{address.Value:X}, which is not in guest RAM)",
        _ => "",
    };

    private static string NearestDevices(InterruptExplanation path) => path.NearestDevices.IsEmpty
        ? ". This ITS has no device mapped"
        : ". Mapped next to it: "
            + string.Join(", ", path.NearestDevices.Select(device => $"0x{device.Value:X}"));

    private static string NearestEvents(InterruptExplanation path) => path.NearestEvents.IsEmpty
        ? ". The device has no event mapped"
        : ". Mapped next to it: " + string.Join(", ", path.NearestEvents.Select(mapped => mapped.Value));

    private static int Vcpu(InterruptExplanation path) => path.Redistributor!.Value.Vcpu.Value;

    private static bool IsLpi(InterruptExplanation path) => path.Direct is null;
}
