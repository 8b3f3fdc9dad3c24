using System.Buffers.Binary;
using ItsService.Core.Identifiers;
using EventId = ItsService.Core.Identifiers.EventId;

namespace ItsService.Server.Msis.Injection;

/// <summary>
/// Packed messages, read where they lie. A record has 8 bytes, the lowest byte of each number first:
/// <c>63:32 EventID | 31:0 DeviceID</c>
/// </summary>
internal static class MsiRecords
{
    /// <summary>The size of a record.</summary>
    public const int SizeBytes = 8;

    private const int EventOffset = 4;

    /// <summary>The message of the record at an offset.</summary>
    public static (DeviceId Device, EventId Event) At(ReadOnlySpan<byte> records, int offset) => (
        new DeviceId(BinaryPrimitives.ReadUInt32LittleEndian(records[offset..])),
        new EventId(BinaryPrimitives.ReadUInt32LittleEndian(records[(offset + EventOffset)..])));
}
