namespace ItsService.Client.Identifiers;

/// <summary>Who sends a message: on PCI the requester ID. An ITS finds the sender's translation table by it.</summary>
/// <param name="Value">The number.</param>
public readonly record struct DeviceId(uint Value)
{
    /// <summary>The number as "0x28".</summary>
    public override string ToString() => $"0x{Value:x}";
}
