namespace ItsService.VmmPrototype.Devices.Pci;

/// <summary>What a function is.</summary>
/// <param name="Vendor">Vendor ID.</param>
/// <param name="Device">Device ID.</param>
/// <param name="ClassCode">Base class, sub-class and programming interface: 24 bits.</param>
internal sealed record PciIdentity(ushort Vendor, ushort Device, uint ClassCode);
