namespace ItsService.VmmPrototype.Devices.Pci;

/// <summary>A function's MSI-X structures in its BAR.</summary>
/// <param name="VectorCount">1..2048.</param>
/// <param name="TableOffset">A multiple of 8.</param>
/// <param name="PendingOffset">A multiple of 8.</param>
internal sealed record PciMsixPlace(int VectorCount, uint TableOffset, uint PendingOffset);
