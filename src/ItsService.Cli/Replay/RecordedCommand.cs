using System.Buffers.Binary;

namespace ItsService.Cli.Replay;

/// <summary>The opcodes of the physical ITS commands: doubleword 0, bits [7:0].</summary>
internal enum RecordedOpcode : byte
{
    Movi = 0x01,
    Int = 0x03,
    Clear = 0x04,
    Sync = 0x05,
    Mapd = 0x08,
    Mapc = 0x09,
    Mapti = 0x0A,
    Mapi = 0x0B,
    Inv = 0x0C,
    Invall = 0x0D,
    Movall = 0x0E,
    Discard = 0x0F,
}

/// <summary>The four doublewords of one ITS command. Which fields mean something depends on the opcode.</summary>
internal readonly record struct RecordedCommand(ulong Dw0, ulong Dw1, ulong Dw2, ulong Dw3)
{
    public const int SizeBytes = 32;

    public RecordedOpcode Opcode => (RecordedOpcode)(byte)Dw0;

    public uint DeviceId => (uint)(Dw0 >> 32);

    public uint EventId => (uint)Dw1;

    /// <summary>MAPTI: the INTID that the event maps to.</summary>
    public uint IntId => (uint)(Dw1 >> 32);

    /// <summary>MAPD: the number of EventID bits; the field holds one less.</summary>
    public int EventIdBits => (int)(Dw1 & 0x1F) + 1;

    public uint CollectionId => (uint)(Dw2 & 0xFFFF);

    /// <summary>MAPC, MOVALL: the target, a Processor_Number because the recorded GITS_TYPER.PTA is 0.</summary>
    public uint TargetCpu => (uint)(Dw2 >> 16);

    /// <summary>MOVALL: the second target.</summary>
    public uint SecondTargetCpu => (uint)(Dw3 >> 16);

    /// <summary>MAPD, MAPC.</summary>
    public bool Valid => Dw2 >> 63 != 0;

    public void CopyTo(Span<byte> slot)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(slot, Dw0);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[8..], Dw1);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[16..], Dw2);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[24..], Dw3);
    }
}
