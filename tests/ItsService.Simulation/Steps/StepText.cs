using ItsService.Core;
using ItsService.Core.CpuInterface;
using ItsService.Simulation.Memory;

namespace ItsService.Simulation.Steps;

/// <summary>A step as one line of text, and back.</summary>
internal static class StepText
{
    private const string Retry = "retry";
    private const string From = "from";
    private const string Of = "of";
    private const string High = "high";
    private const string Low = "low";
    private const string Notify = "notify";
    private const string Deactivate = "deactivate";

    /// <summary>The line, with a comment for people where numbers alone say little.</summary>
    public static string Print(SimulationStep step) => step switch
    {
        ReadStep read => $"read {Place(read.Frame, read.Index, read.Offset)} {read.SizeBytes}"
            + StepComments.Register(read.Frame, read.Offset),
        WriteStep write => $"write {Place(write.Frame, write.Index, write.Offset)} {write.SizeBytes} 0x{write.Value:X}"
            + (write.Requester is { } requester ? $" {From} 0x{requester:X}" : "")
            + StepComments.Register(write.Frame, write.Offset),
        SystemReadStep read => $"icc-read {read.Vcpu} {SystemRegisterName(read.Encoding)}",
        SystemWriteStep write => $"icc-write {write.Vcpu} {SystemRegisterName(write.Encoding)} 0x{write.Value:X}",
        TakeStep take => $"take {take.Vcpu} {take.Group}" + (take.Deactivates ? $" {Deactivate}" : ""),
        LineStep line => $"line {line.IntId}" + (line.Vcpu is { } vcpu ? $" {Of} {vcpu}" : "")
            + (line.IsHigh ? $" {High}" : $" {Low}") + (line.NotifiesEnd ? $" {Notify}" : ""),
        MessageStep message => $"message {message.Its} 0x{message.DeviceId:X} 0x{message.EventId:X}",
        SubmitStep submit => $"submit {submit.Its}" + (submit.Retry ? $" {Retry}" : "")
            + string.Concat(submit.Slots.Select(slot => " " + Text(slot)))
            + StepComments.Commands(submit.Slots),
        PlaceStep place => $"place {place.Its}"
            + string.Concat(place.Slots.Select(slot => " " + Text(slot))) + StepComments.Commands(place.Slots),
        RepairStep repair => $"repair {repair.Its} {Text(repair.Slot)}" + StepComments.Commands([repair.Slot]),
        MemoryStep memory => $"memory 0x{memory.Address:X} {Convert.ToHexString([.. memory.Bytes])}",
        FillStep fill => $"fill 0x{fill.Address:X} 0x{fill.Length:X} 0x{fill.Value:X}",
        FaultStep fault => $"fault {Word(fault.Kind)} 0x{fault.Address:X} 0x{fault.Length:X}",
        HealStep => "heal",
        EvictStep evict => $"evict {evict.GranuleBytes}",
        RunStep run => $"run {run.Budget}",
        PauseStep => "pause",
        ResumeStep => "resume",
        ResetStep => "reset",
        RestoreStep => "restore",
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };

    /// <summary>The step of a line; one that is none throws, saying why.</summary>
    public static SimulationStep Parse(string line)
    {
        var words = new StepWords(line);
        var step = Parse(words);
        words.End();
        return step;
    }

    /// <summary>The first word of a step's line, by which steps are counted.</summary>
    public static string KindOf(SimulationStep step) => step switch
    {
        ReadStep => "read",
        WriteStep { Requester: not null } => "write by a device",
        WriteStep => "write",
        SystemReadStep => "icc-read",
        SystemWriteStep => "icc-write",
        TakeStep => "take",
        LineStep => "line",
        MessageStep => "message",
        SubmitStep => "submit",
        PlaceStep => "place",
        RepairStep => "repair",
        MemoryStep => "memory",
        FillStep => "fill",
        FaultStep => "fault",
        HealStep => "heal",
        EvictStep => "evict",
        RunStep => "run",
        PauseStep => "pause",
        ResumeStep => "resume",
        _ => "reset",
    };

    private static SimulationStep Parse(StepWords words) => words.Take() switch
    {
        "read" => new ReadStep(TakeFrame(words), words.TakeInt32(), words.TakeInt32(), TakeSize(words)),
        "write" => new WriteStep(
            TakeFrame(words), words.TakeInt32(), words.TakeInt32(), TakeSize(words), words.TakeNumber(),
            words.TakeIf(From) ? words.TakeUInt32() : null),
        "icc-read" => new SystemReadStep(words.TakeInt32(), TakeSystemRegister(words)),
        "icc-write" => new SystemWriteStep(words.TakeInt32(), TakeSystemRegister(words), words.TakeNumber()),
        "take" => new TakeStep(words.TakeInt32(), TakeGroup(words), words.TakeIf(Deactivate)),
        "line" => TakeLine(words),
        "message" => new MessageStep(words.TakeInt32(), words.TakeUInt32(), words.TakeUInt32()),
        "submit" => new SubmitStep(words.TakeInt32(), words.TakeIf(Retry), TakeSlots(words)),
        "place" => new PlaceStep(words.TakeInt32(), TakeSlots(words)),
        "repair" => new RepairStep(words.TakeInt32(), words.TakeSlot()),
        "memory" => new MemoryStep(words.TakeNumber(), words.TakeBytes()),
        "fill" => new FillStep(words.TakeNumber(), words.TakeInt32(), (byte)words.TakeNumber()),
        "fault" => new FaultStep(TakeFaultKind(words), words.TakeNumber(), words.TakeNumber()),
        "heal" => new HealStep(),
        "evict" => new EvictStep(words.TakeInt32()),
        "run" => new RunStep(words.TakeInt32()),
        "pause" => new PauseStep(),
        "resume" => new ResumeStep(),
        "reset" => new ResetStep(),
        "restore" => new RestoreStep(),
        var other => throw words.Refused($"'{other}' is no step"),
    };

    private static string Place(FrameKind frame, int index, int offset) => $"{Word(frame)} {index} 0x{offset:X}";

    private static string Word(FrameKind frame) => frame switch
    {
        FrameKind.Gicd => "gicd",
        FrameKind.Gicr => "gicr",
        _ => "gits",
    };

    private static string Word(FaultKind kind) => kind switch
    {
        FaultKind.Reads => "reads",
        FaultKind.Writes => "writes",
        FaultKind.Accesses => "accesses",
        _ => "everything",
    };

    private static string SystemRegisterName(int encoding) =>
        SystemRegisterMap.Find((SystemRegister)encoding)?.Name ?? $"0x{encoding:X}";

    private static string Text(Slot slot) => $"{slot.Dw0:X},{slot.Dw1:X},{slot.Dw2:X},{slot.Dw3:X}";

    private static FrameKind TakeFrame(StepWords words) => words.Take() switch
    {
        "gicd" => FrameKind.Gicd,
        "gicr" => FrameKind.Gicr,
        "gits" => FrameKind.Gits,
        var other => throw words.Refused($"'{other}' is no frame: gicd, gicr or gits"),
    };

    private static FaultKind TakeFaultKind(StepWords words) => words.Take() switch
    {
        "reads" => FaultKind.Reads,
        "writes" => FaultKind.Writes,
        "accesses" => FaultKind.Accesses,
        "everything" => FaultKind.Everything,
        var other => throw words.Refused($"'{other}' is no fault: reads, writes, accesses or everything"),
    };

    private static int TakeSize(StepWords words)
    {
        var size = words.TakeInt32();
        return size is 1 or 2 or 4 or 8 ? size : throw words.Refused("sizes are 1, 2, 4 and 8");
    }

    private static int TakeGroup(StepWords words) =>
        words.TakeInt32() is var group and (0 or 1) ? group : throw words.Refused("groups are 0 and 1");

    private static LineStep TakeLine(StepWords words)
    {
        var intId = words.TakeUInt32();
        int? vcpu = words.TakeIf(Of) ? words.TakeInt32() : null;
        var isHigh = words.TakeIf(High);
        return isHigh || words.TakeIf(Low)
            ? new LineStep(intId, vcpu, isHigh, words.TakeIf(Notify))
            : throw words.Refused($"a line is {High} or {Low}");
    }

    private static int TakeSystemRegister(StepWords words)
    {
        var word = words.Take();
        foreach (var row in SystemRegisterMap.Rows)
        {
            if (row.Name == word)
            {
                return (int)row.Register;
            }
        }

        return new StepWords(word).TakeInt32();
    }

    private static List<Slot> TakeSlots(StepWords words)
    {
        List<Slot> slots = [];
        while (!words.IsEmpty)
        {
            slots.Add(words.TakeSlot());
        }

        return slots;
    }
}
