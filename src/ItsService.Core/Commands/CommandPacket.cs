using System.Buffers.Binary;
using ItsService.Core.Identifiers;
using ItsService.Core.Registers;

namespace ItsService.Core.Commands;

/// <summary>
/// A command as it lies in the queue: four little-endian doublewords. The fields here stand at the same place in every
/// command that has them (commands section 3).
/// </summary>
internal readonly record struct CommandPacket(ulong Dw0, ulong Dw1, ulong Dw2, ulong Dw3)
{
    public const int SizeBytes = 32;

    public CommandOpcode Opcode => (CommandOpcode)Dw0.Field(7, 0);

    public DeviceId Device => new((uint)Dw0.Field(63, 32));

    public EventId Event => new((uint)Dw1.Field(31, 0));

    public CollectionId Collection => new((uint)Dw2.Field(15, 0));

    public bool Valid => Dw2.Bit(63);

    public static CommandPacket Decode(ReadOnlySpan<byte> slot) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(slot),
        BinaryPrimitives.ReadUInt64LittleEndian(slot[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(slot[16..]),
        BinaryPrimitives.ReadUInt64LittleEndian(slot[24..]));
}
