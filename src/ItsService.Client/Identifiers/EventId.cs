namespace ItsService.Client.Identifiers;

/// <summary>Which of a device's interrupts is meant: the data that the device writes to the doorbell.</summary>
/// <param name="Value">The number.</param>
public readonly record struct EventId(uint Value)
{
    /// <summary>The number in decimal.</summary>
    public override string ToString() => $"{Value}";
}
