namespace ItsService.Core.Identifiers;

/// <summary>The number with which an ITS knows a device; on PCI its requester ID.</summary>
/// <param name="Value">The number.</param>
public readonly record struct DeviceId(uint Value);
