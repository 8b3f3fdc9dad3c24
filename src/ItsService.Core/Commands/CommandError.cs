namespace ItsService.Core.Commands;

/// <summary>
/// What was wrong with a command: the architected 24-bit codes (commands section 5), and from 0xFF000000 conditions for
/// which the architecture has no code. No guest can read them.
/// </summary>
public enum CommandError : uint
{
#pragma warning disable CS1591 // The architecture's names: COMMAND_CONDITION.
    None = 0,

    MoviDeviceOutOfRange = 0x010101,
    MoviCollectionOutOfRange = 0x010103,
    MoviUnmappedDevice = 0x010104,
    MoviIdOutOfRange = 0x010105,
    MoviUnmappedInterrupt = 0x010107,
    MoviUnmappedCollection = 0x010109,

    IntDeviceOutOfRange = 0x010301,
    IntUnmappedDevice = 0x010304,
    IntIdOutOfRange = 0x010305,
    IntUnmappedInterrupt = 0x010307,
    IntUnmappedCollection = 0x010309,

    // CLEAR's codes carry 05 although its opcode is 04.
    ClearDeviceOutOfRange = 0x010501,
    ClearUnmappedDevice = 0x010504,
    ClearIdOutOfRange = 0x010505,
    ClearUnmappedInterrupt = 0x010507,
    ClearUnmappedCollection = 0x010509,

    MapdDeviceOutOfRange = 0x010801,
    MapdIttSizeOutOfRange = 0x010802,

    MapcProcessorOutOfRange = 0x010902,
    MapcCollectionOutOfRange = 0x010903,

    MaptiDeviceOutOfRange = 0x010A01,
    MaptiCollectionOutOfRange = 0x010A03,
    MaptiUnmappedDevice = 0x010A04,
    MaptiIdOutOfRange = 0x010A05,
    MaptiPhysicalIdOutOfRange = 0x010A06,

    MapiDeviceOutOfRange = 0x010B01,
    MapiCollectionOutOfRange = 0x010B03,
    MapiUnmappedDevice = 0x010B04,
    MapiIdOutOfRange = 0x010B05,
    MapiPhysicalIdOutOfRange = 0x010B06,

    InvDeviceOutOfRange = 0x010C01,
    InvUnmappedDevice = 0x010C04,
    InvIdOutOfRange = 0x010C05,
    InvUnmappedInterrupt = 0x010C07,

    InvallCollectionOutOfRange = 0x010D03,
    InvallUnmappedCollection = 0x010D09,

    MovallProcessorOutOfRange = 0x010E01,

    DiscardDeviceOutOfRange = 0x010F01,
    DiscardUnmappedDevice = 0x010F04,
    DiscardIdOutOfRange = 0x010F05,
    DiscardUnmappedInterrupt = 0x010F07,
    DiscardUnmappedCollection = 0x010F09,
#pragma warning restore CS1591

    /// <summary>The opcode names no command of this ITS.</summary>
    UnknownOpcode = 0xFF00_0001,

    /// <summary>The command's 32 bytes are not in guest RAM.</summary>
    UnreadableSlot = 0xFF00_0002,

    /// <summary>A table that the command needs is not in guest RAM, or may not be written.</summary>
    TableMemory = 0xFF00_0003,

    /// <summary>The VM maps as many devices, or events, as it may.</summary>
    MappingLimit = 0xFF00_0004,
}
