namespace ItsService.Core.Commands;

/// <summary>MAPTI's and MAPI's own numbers for the same conditions.</summary>
internal readonly record struct EventMappingErrors(
    CommandError DeviceOutOfRange,
    CommandError UnmappedDevice,
    CommandError IdOutOfRange,
    CommandError PhysicalIdOutOfRange,
    CommandError CollectionOutOfRange);
