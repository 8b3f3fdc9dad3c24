using System.Buffers.Binary;

namespace ItsService.VmmPrototype.Devices.Nvme;

/// <summary>A submission queue entry, copied out of guest memory once.</summary>
internal readonly struct NvmeCommand
{
    public const int SizeBytes = 64;

    private readonly uint _word0;
    private readonly uint _word10;
    private readonly uint _word11;
    private readonly uint _word12;

    public NvmeCommand(ReadOnlySpan<byte> entry)
    {
        _word0 = Word(entry, 0);
        NamespaceId = Word(entry, 1);
        Prp1 = BinaryPrimitives.ReadUInt64LittleEndian(entry[24..]);
        Prp2 = BinaryPrimitives.ReadUInt64LittleEndian(entry[32..]);
        _word10 = Word(entry, 10);
        _word11 = Word(entry, 11);
        _word12 = Word(entry, 12);
    }

    public byte Opcode => (byte)_word0;

    /// <summary>The host's number for the command.</summary>
    public ushort Identifier => (ushort)(_word0 >> 16);

    /// <summary>Data is described by PRPs, and the command is not fused with another.</summary>
    public bool UsesPrps => (_word0 & 0xC300) == 0;

    public uint NamespaceId { get; }

    public ulong Prp1 { get; }

    public ulong Prp2 { get; }

    public uint Word10 => _word10;

    public uint Word11 => _word11;

    public ulong FirstBlock => ((ulong)_word11 << 32) | _word10;

    public uint BlockCount => (_word12 & 0xFFFF) + 1;

    private static uint Word(ReadOnlySpan<byte> entry, int number) =>
        BinaryPrimitives.ReadUInt32LittleEndian(entry[(4 * number)..]);
}
