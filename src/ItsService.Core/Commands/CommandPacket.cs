using System.Buffers.Binary;
using ItsService.Core.Identifiers;
using ItsService.Core.Registers;

namespace ItsService.Core.Commands;

/// <summary>
/// A command as it lies in the queue: four little-endian doublewords. The fields here stand at the same place in every
/// command that has them (commands section 3).
/// </summary>
public readonly record struct CommandPacket(ulong Dw0, ulong Dw1, ulong Dw2, ulong Dw3)
{
    /// <summary>The bytes of a slot.</summary>
    public const int SizeBytes = 32;

    /// <summary>Which command it is; not every value is one.</summary>
    public CommandOpcode Opcode => (CommandOpcode)Dw0.Field(7, 0);

    /// <summary>DeviceID.</summary>
    public DeviceId Device => new((uint)Dw0.Field(63, 32));

    /// <summary>EventID.</summary>
    public EventId Event => new((uint)Dw1.Field(31, 0));

    /// <summary>ICID.</summary>
    public CollectionId Collection => new((uint)Dw2.Field(15, 0));

    /// <summary>V.</summary>
    public bool Valid => Dw2.Bit(63);

    /// <summary>MAPTI's pINTID.</summary>
    public IntId Lpi => new((uint)Dw1.Field(63, 32));

    /// <summary>MAPD's Size: the number of EventID bits minus one.</summary>
    public uint Size => (uint)Dw1.Field(4, 0);

    /// <summary>MAPD's ITT_addr.</summary>
    public GuestAddress IttAddress => new(Dw2 & Bits.Mask(51, 8));

    /// <summary>MAPC's and SYNC's RDbase, MOVALL's RDbase1: bits [51:16].</summary>
    public ulong RdBase => Dw2.Field(51, 16);

    /// <summary>MOVALL's RDbase2: bits [51:16].</summary>
    public ulong SecondRdBase => Dw3.Field(51, 16);

    /// <summary>From the first 32 bytes of <paramref name="slot"/>.</summary>
    public static CommandPacket Decode(ReadOnlySpan<byte> slot) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(slot),
        BinaryPrimitives.ReadUInt64LittleEndian(slot[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(slot[16..]),
        BinaryPrimitives.ReadUInt64LittleEndian(slot[24..]));

    /// <summary>Into the first 32 bytes of <paramref name="slot"/>.</summary>
    public void Encode(Span<byte> slot)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(slot, Dw0);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[8..], Dw1);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[16..], Dw2);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[24..], Dw3);
    }
}
