namespace ItsService.Core.Commands;

/// <summary>One command's own numbers for what can stand between it and an event.</summary>
internal readonly record struct EventLookupErrors(
    CommandError DeviceOutOfRange,
    CommandError UnmappedDevice,
    CommandError IdOutOfRange,
    CommandError UnmappedInterrupt);
