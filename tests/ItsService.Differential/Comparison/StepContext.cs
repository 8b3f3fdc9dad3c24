using ItsService.Differential.Generation;
using ItsService.Differential.Steps;

namespace ItsService.Differential.Comparison;

/// <summary>What a step did and how both controllers stood before it: what a row of the table may look at.</summary>
/// <param name="Number">Of the step in its sequence.</param>
/// <param name="Step">What the guest did.</param>
/// <param name="Before">The registers before it, alike in both.</param>
internal sealed record StepContext(int Number, Step Step, LiveRegisters Before)
{
    /// <summary>
    /// The CPUs for which GICR_PENDBASER was written with PTZ and LPIs were not enabled since.
    /// </summary>
    public required IReadOnlySet<int> PendingTableZero { get; init; }

    /// <summary>Up to where the pending tables may hold anything.</summary>
    public required uint LargestLpiEnd { get; init; }

    /// <summary>LPIs whose configuration was changed and that no invalidation has reached since.</summary>
    public required IReadOnlySet<uint> StaleLpis { get; init; }

    /// <summary>What a step that writes guest RAM has overwritten.</summary>
    public IReadOnlyList<(ulong Address, ulong Value)> Overwritten { get; set; } = [];

    /// <summary>Whether an 8-byte store that QEMU took for two has been given to the service as two.</summary>
    public bool ServiceGotTwoWords { get; set; }

    /// <summary>The one command of a step that has one alone.</summary>
    public CommandSlot? Command => Step is CommandsStep { IsAlone: true } step ? step.Commands[0] : null;

    /// <summary>The one write of a step that has one alone.</summary>
    public RegisterWrite? Write => Step is WriteStep { Writes: [var write] } ? write : null;

    /// <summary>Whether it puts commands into the queue, or lets those run that are there.</summary>
    public bool MayRunCommands =>
        Step is CommandsStep or RepairStep || Writes(Places.GitsCtlr, 4) || Writes(Places.GitsCwriter, 8);

    /// <summary>Whether it writes GITS_CTLR.Enabled as one.</summary>
    public bool EnablesIts => WritesAmong(Places.GitsCtlr, 1).Any(write => (write.Value & 1) != 0);

    /// <summary>
    /// Whether it stores something else to a base register than what it holds, at a time when that may have an effect.
    /// </summary>
    public bool MayChange(ulong register, ulong before) =>
        (!Before.ItsEnabled || Writes(Places.GitsCtlr, 4))
        && WritesAmong(register, 8).Any(write => !write.LeavesAsIs(register, before));

    /// <summary>Whether it puts such a command into the queue, or lets those run that are there.</summary>
    public bool MayRun(int opcode) => Step is CommandsStep step
        ? step.Commands.Any(command => command.Opcode == opcode)
        : MayRunCommands;

    /// <summary>Whether the step stores to one of these bytes.</summary>
    public bool Writes(ulong address, int lengthBytes) =>
        WritesAmong(address, lengthBytes).Any();

    private IEnumerable<RegisterWrite> WritesAmong(ulong address, int lengthBytes) =>
        Step is WriteStep step ? step.Writes.Where(write => write.Touches(address, lengthBytes)) : [];
}
