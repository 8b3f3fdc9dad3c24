using System.Buffers.Binary;

namespace ItsService.Differential.Steps;

/// <summary>The opcodes that this page of the program has names for; others are commands as well.</summary>
internal static class Opcode
{
    public const int Movi = 0x01;
    public const int Int = 0x03;
    public const int Clear = 0x04;
    public const int Sync = 0x05;
    public const int Mapd = 0x08;
    public const int Mapc = 0x09;
    public const int Mapti = 0x0A;
    public const int Mapi = 0x0B;
    public const int Inv = 0x0C;
    public const int Invall = 0x0D;
    public const int Movall = 0x0E;
    public const int Discard = 0x0F;
}

/// <summary>A command as the guest writes it into its queue: four doublewords.</summary>
internal readonly record struct CommandSlot(ulong Dw0, ulong Dw1, ulong Dw2, ulong Dw3)
{
    public const int SizeBytes = 32;

    private const ulong Valid = 1UL << 63;

    public int Opcode => (int)(Dw0 & 0xFF);

    public uint DeviceId => (uint)(Dw0 >> 32);

    public uint EventId => (uint)Dw1;

    public uint Icid => (uint)(Dw2 & 0xFFFF);

    public bool IsValid => (Dw2 & Valid) != 0;

    /// <summary>MAPD's Size, MAPTI's EventID below it: bits [4:0] of the second doubleword.</summary>
    public int Size => (int)(Dw1 & 0x1F);

    /// <summary>RDbase, or MOVALL's first: bits [51:16] of the third doubleword.</summary>
    public ulong RdBase => (Dw2 >> 16) & 0xF_FFFF_FFFF;

    public static CommandSlot Movi(uint device, uint eventId, uint icid) =>
        new(Head(Steps.Opcode.Movi, device), eventId, icid, 0);

    public static CommandSlot Int(uint device, uint eventId) => new(Head(Steps.Opcode.Int, device), eventId, 0, 0);

    public static CommandSlot Int((uint Device, uint Event) target) => Int(target.Device, target.Event);

    public static CommandSlot Clear(uint device, uint eventId) => new(Head(Steps.Opcode.Clear, device), eventId, 0, 0);

    public static CommandSlot Sync(uint cpu) => new(Steps.Opcode.Sync, 0, (ulong)cpu << 16, 0);

    public static CommandSlot Mapd(uint device, int size, ulong ittAddress, bool valid) =>
        new(Head(Steps.Opcode.Mapd, device), (ulong)size, ittAddress | (valid ? Valid : 0), 0);

    public static CommandSlot Mapc(uint icid, ulong rdBase, bool valid) =>
        new(Steps.Opcode.Mapc, 0, icid | (rdBase << 16) | (valid ? Valid : 0), 0);

    public static CommandSlot Mapti(uint device, uint eventId, uint lpi, uint icid) =>
        new(Head(Steps.Opcode.Mapti, device), eventId | ((ulong)lpi << 32), icid, 0);

    public static CommandSlot Mapi(uint device, uint eventId, uint icid) =>
        new(Head(Steps.Opcode.Mapi, device), eventId, icid, 0);

    public static CommandSlot Inv(uint device, uint eventId) => new(Head(Steps.Opcode.Inv, device), eventId, 0, 0);

    public static CommandSlot Invall(uint icid) => new(Steps.Opcode.Invall, 0, icid, 0);

    public static CommandSlot Movall(ulong from, ulong to) => new(Steps.Opcode.Movall, 0, from << 16, to << 16);

    public static CommandSlot Discard(uint device, uint eventId) =>
        new(Head(Steps.Opcode.Discard, device), eventId, 0, 0);

    public static CommandSlot Decode(ReadOnlySpan<byte> slot) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(slot),
        BinaryPrimitives.ReadUInt64LittleEndian(slot[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(slot[16..]),
        BinaryPrimitives.ReadUInt64LittleEndian(slot[24..]));

    public static byte[] Encode(params ReadOnlySpan<CommandSlot> slots)
    {
        var bytes = new byte[slots.Length * SizeBytes];
        for (var index = 0; index < slots.Length; index++)
        {
            var slot = bytes.AsSpan(index * SizeBytes);
            BinaryPrimitives.WriteUInt64LittleEndian(slot, slots[index].Dw0);
            BinaryPrimitives.WriteUInt64LittleEndian(slot[8..], slots[index].Dw1);
            BinaryPrimitives.WriteUInt64LittleEndian(slot[16..], slots[index].Dw2);
            BinaryPrimitives.WriteUInt64LittleEndian(slot[24..], slots[index].Dw3);
        }

        return bytes;
    }

    /// <summary>For a person: the command in words, and the raw doublewords where they say more.</summary>
    public override string ToString()
    {
        var words = Words();
        return this == WithoutReserved() ? words : $"{words} (0x{Dw0:x} 0x{Dw1:x} 0x{Dw2:x} 0x{Dw3:x})";
    }

    private string Words() => Opcode switch
    {
        Steps.Opcode.Movi => $"MOVI device {DeviceId} event {EventId} to ICID {Icid}",
        Steps.Opcode.Int => $"INT device {DeviceId} event {EventId}",
        Steps.Opcode.Clear => $"CLEAR device {DeviceId} event {EventId}",
        Steps.Opcode.Sync => $"SYNC RDbase {RdBase}",
        Steps.Opcode.Mapd when IsValid => $"MAPD device {DeviceId} Size {Size} ITT 0x{IttAddress:x}",
        Steps.Opcode.Mapd => $"MAPD device {DeviceId} V=0 Size {Size}",
        Steps.Opcode.Mapc when IsValid => $"MAPC ICID {Icid} to RDbase {RdBase}",
        Steps.Opcode.Mapc => $"MAPC ICID {Icid} V=0 RDbase {RdBase}",
        Steps.Opcode.Mapti => $"MAPTI device {DeviceId} event {EventId} INTID {Dw1 >> 32} ICID {Icid}",
        Steps.Opcode.Mapi => $"MAPI device {DeviceId} event {EventId} ICID {Icid}",
        Steps.Opcode.Inv => $"INV device {DeviceId} event {EventId}",
        Steps.Opcode.Invall => $"INVALL ICID {Icid}",
        Steps.Opcode.Movall => $"MOVALL from RDbase {RdBase} to {(Dw3 >> 16) & 0xF_FFFF_FFFF}",
        Steps.Opcode.Discard => $"DISCARD device {DeviceId} event {EventId}",
        _ => $"opcode 0x{Opcode:x2}",
    };

    /// <summary>MAPD's ITT_addr.</summary>
    public ulong IttAddress => Dw2 & 0xF_FFFF_FFFF_FF00;

    private CommandSlot WithoutReserved() => Opcode switch
    {
        Steps.Opcode.Movi => Movi(DeviceId, EventId, Icid),
        Steps.Opcode.Int => Int(DeviceId, EventId),
        Steps.Opcode.Clear => Clear(DeviceId, EventId),
        Steps.Opcode.Sync => Sync((uint)RdBase),
        Steps.Opcode.Mapd => Mapd(DeviceId, Size, IttAddress, IsValid),
        Steps.Opcode.Mapc => Mapc(Icid, RdBase, IsValid),
        Steps.Opcode.Mapti => Mapti(DeviceId, EventId, (uint)(Dw1 >> 32), Icid),
        Steps.Opcode.Mapi => Mapi(DeviceId, EventId, Icid),
        Steps.Opcode.Inv => Inv(DeviceId, EventId),
        Steps.Opcode.Invall => Invall(Icid),
        Steps.Opcode.Movall => Movall(RdBase, (Dw3 >> 16) & 0xF_FFFF_FFFF),
        Steps.Opcode.Discard => Discard(DeviceId, EventId),
        _ => default,
    };

    private static ulong Head(int opcode, uint device) => (uint)opcode | ((ulong)device << 32);
}
