namespace ItsService.VmmPrototype.Devices.Pci;

/// <summary>A function's memory write to a doorbell. On its way it is given the function's requester ID.</summary>
internal delegate void MsiSender(ulong address, uint data);
