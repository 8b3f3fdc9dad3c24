namespace ItsService.VmmPrototype.Devices.Nvme;

/// <summary>Status codes with their type in bits 10:8 (NVM Express Base Specification 1.3, 4.6.1).</summary>
internal enum NvmeStatus : ushort
{
    Success = 0x000,
    InvalidOpcode = 0x001,
    InvalidField = 0x002,
    DataTransferError = 0x004,
    InvalidNamespace = 0x00B,
    InvalidPrpOffset = 0x013,
    LbaOutOfRange = 0x080,
    InvalidCompletionQueue = 0x100,
    InvalidQueueIdentifier = 0x101,
    InvalidQueueSize = 0x102,
    InvalidInterruptVector = 0x108,
    InvalidLogPage = 0x109,
    InvalidQueueDeletion = 0x10C,
}
