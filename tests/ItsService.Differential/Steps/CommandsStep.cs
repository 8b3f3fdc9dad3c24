namespace ItsService.Differential.Steps;

/// <summary>Commands are put into the queue, behind those that wait there, and GITS_CWRITER moves past them.</summary>
internal sealed record CommandsStep(IReadOnlyList<CommandSlot> Commands) : Step
{
    /// <summary>
    /// The only command of its step, which runs at once or not at all: for one that the two controllers may take
    /// differently, so that nothing else is to blame.
    /// </summary>
    public bool IsAlone { get; init; }

    /// <summary>GITS_CTLR is read in the same breath, while commands may still run.</summary>
    public bool ReadsControl { get; init; }

    public override int PartCount => Commands.Count;

    public override Step WithParts(IReadOnlyList<int> parts) =>
        this with { Commands = [.. parts.Select(part => Commands[part])] };

    public override IEnumerable<string> Describe() => Commands.Select((command, place) =>
        $"{command}{(ReadsControl && place == Commands.Count - 1 ? ", then read GITS_CTLR at once" : "")}");

    public static CommandsStep Alone(CommandSlot command) => new([command]) { IsAlone = true };
}
