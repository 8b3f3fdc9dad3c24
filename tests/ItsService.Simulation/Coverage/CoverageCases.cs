using ItsService.Core.Events;
using ItsService.Core.Submissions;
using ItsService.ReferenceModel;
using ItsService.Simulation.Generation;
using ItsService.Simulation.Shapes;

namespace ItsService.Simulation.Coverage;

/// <summary>
/// The cases that a simulation can reach, with a name for each: what runs are made of, those of docs/command-errors.md,
/// the outcomes of messages, what commands and registers change, and what the simulator itself does.
/// </summary>
internal static class CoverageCases
{
    public const string Stall = "queue stalled";
    public const string Acknowledge = "IAR1: an LPI";
    public const string SpuriousAcknowledge = "IAR1: 1023";
    public const string SpuriousAcknowledge0 = "IAR0: 1023";
    public const string NestedAcknowledge0 = "IAR0: one while one is active";
    public const string EndTold = "end of an interrupt told to its device";
    public const string Fetch = "memory fetched for Core";
    public const string Placement = "host's commands placed";
    public const string Refusal = "refused while paused";
    public const string Interleaving = "step amid a batch";
    public const string NestedAcknowledge = "IAR1: one while one is active";
    public const string FailedRead = "read of memory that fails";
    public const string FailedWrite = "write of memory that fails";
    public const string FailedProbe = "probe of memory that fails";

    private const uint UnknownOpcode = 0xFF00_0001;
    private const uint UnreadableSlot = 0xFF00_0002;
    private const uint TableMemory = 0xFF00_0003;
    private const uint MappingLimit = 0xFF00_0004;

    private static readonly ReferenceMsiOutcome[] DirectLpiOutcomes =
    [
        ReferenceMsiOutcome.Pended, ReferenceMsiOutcome.Coalesced, ReferenceMsiOutcome.DroppedLpisDisabled,
        ReferenceMsiOutcome.DroppedIntIdOutOfRange, ReferenceMsiOutcome.DroppedPendingLimit,
    ];

    private static readonly SubmissionRefusals[] Refusals =
        [.. Enum.GetValues<SubmissionRefusals>().Where(refusal => refusal != SubmissionRefusals.None)];

    // Those that a command can end with while its host still waits.
    private static readonly SubmittedCommandOutcome[] HostCommandOutcomes =
    [
        .. Enum.GetValues<SubmittedCommandOutcome>().Where(outcome =>
            outcome is not (SubmittedCommandOutcome.Waiting or SubmittedCommandOutcome.Abandoned)),
    ];

    private static readonly string[] StepKinds =
    [
        "read", "write", "write by a device", "icc-read", "icc-write", "take", "line", "message", "submit", "place",
        "repair", "memory", "fill", "fault", "heal", "evict", "run", "pause", "resume", "reset",
    ];

    private static readonly (byte Opcode, string Name, uint[] Codes)[] Commands =
    [
        (0x08, "MAPD", [0, 0x01_0801, 0x01_0802, TableMemory, MappingLimit]),
        (0x09, "MAPC", [0, 0x01_0902, 0x01_0903]),
        (0x0A, "MAPTI",
            [0, 0x01_0A01, 0x01_0A03, 0x01_0A04, 0x01_0A05, 0x01_0A06, TableMemory, MappingLimit]),
        (0x0B, "MAPI",
            [0, 0x01_0B01, 0x01_0B03, 0x01_0B04, 0x01_0B05, 0x01_0B06, TableMemory, MappingLimit]),
        (0x01, "MOVI", [0, 0x01_0101, 0x01_0103, 0x01_0104, 0x01_0105, 0x01_0107, 0x01_0109]),
        (0x0F, "DISCARD", [0, 0x01_0F01, 0x01_0F04, 0x01_0F05, 0x01_0F07, 0x01_0F09, TableMemory]),
        (0x03, "INT", [0, 0x01_0301, 0x01_0304, 0x01_0305, 0x01_0307, 0x01_0309]),
        (0x04, "CLEAR", [0, 0x01_0501, 0x01_0504, 0x01_0505, 0x01_0507, 0x01_0509]),
        (0x0C, "INV", [0, 0x01_0C01, 0x01_0C04, 0x01_0C05, 0x01_0C07]),
        (0x0D, "INVALL", [0, 0x01_0D03, 0x01_0D09]),
        (0x0E, "MOVALL", [0, 0x01_0E01]),
        (0x05, "SYNC", [0]),
    ];

    /// <summary>All of them, in the order in which they are shown.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. Enum.GetValues<ShapeProfile>().Select(Profile),
        .. Enum.GetValues<ShapeOption>().Select(Option),
        .. Enum.GetValues<ActionKind>().Select(Action),
        .. StepKinds.Select(Step),
        .. Commands.SelectMany(command => command.Codes.Select(code => Command(command.Opcode, code))),
        Command(0, UnknownOpcode),
        Command(0, UnreadableSlot),
        .. Enum.GetValues<ReferenceMsiOutcome>().Select(Message),
        // An INT runs in an enabled ITS alone.
        .. Enum.GetValues<ReferenceMsiOutcome>()
            .Where(outcome => outcome != ReferenceMsiOutcome.DroppedItsDisabled).Select(IntCommand),
        .. DirectLpiOutcomes.Select(DirectLpi),
        .. CommandEffects.All,
        .. RegisterEffects.All,
        .. Enum.GetValues<GicEventKind>().Select(Report),
        .. InterruptEffects.All,
        SpuriousAcknowledge0, NestedAcknowledge0, EndTold,
        Stall, Acknowledge, NestedAcknowledge, SpuriousAcknowledge, FailedRead, FailedWrite, FailedProbe, Fetch,
        Placement, .. Refusals.Select(PlacementRefusal), .. HostCommandOutcomes.Select(HostCommand),
        Refusal, Interleaving,
    ];

    public static string Profile(ShapeProfile profile) => $"run with profile {profile}";

    public static string Option(ShapeOption option) => $"run with option {option}";

    public static string Action(ActionKind action) => $"action {action}";

    public static string Step(string kind) => $"step {kind}";

    public static string Message(ReferenceMsiOutcome outcome) => $"message {outcome}";

    public static string IntCommand(ReferenceMsiOutcome outcome) => $"INT's message {outcome}";

    /// <summary>An LPI that GICR_SETLPIR named.</summary>
    public static string DirectLpi(ReferenceMsiOutcome outcome) => $"GICR_SETLPIR {outcome}";

    /// <summary>What Core tells its host of.</summary>
    public static string Report(GicEventKind kind) => $"reported {kind}";

    /// <summary>Why the host's commands were refused: one of the reasons.</summary>
    public static string PlacementRefusal(SubmissionRefusals refusal) => $"host's commands refused: {refusal}";

    /// <summary>What became of a command of the host.</summary>
    public static string HostCommand(SubmittedCommandOutcome outcome) => $"host's command {outcome}";

    /// <summary>All opcodes that are no command are one case.</summary>
    public static string Command(byte opcode, uint code) => code switch
    {
        UnknownOpcode => "unknown opcode",
        UnreadableSlot => "unreadable slot",
        0 => $"{NameOf(opcode)} done",
        _ => $"{NameOf(opcode)} 0x{code:X6}",
    };

    private static string NameOf(byte opcode)
    {
        foreach (var (candidate, name, _) in Commands)
        {
            if (candidate == opcode)
            {
                return name;
            }
        }

        return $"opcode 0x{opcode:X2}";
    }
}
