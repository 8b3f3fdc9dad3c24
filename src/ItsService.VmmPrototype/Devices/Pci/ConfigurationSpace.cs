using System.Buffers.Binary;

namespace ItsService.VmmPrototype.Devices.Pci;

/// <summary>The configuration space of a PCI function: bytes, and which of their bits a guest may write.</summary>
internal sealed class ConfigurationSpace
{
    private const int SizeBytes = 256;

    private readonly byte[] _bytes = new byte[SizeBytes];
    private readonly byte[] _writable = new byte[SizeBytes];

    public void Define16(int offset, ushort value, ushort writable = 0)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(offset), value);
        BinaryPrimitives.WriteUInt16LittleEndian(_writable.AsSpan(offset), writable);
    }

    public void Define32(int offset, uint value, uint writable = 0)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(offset), value);
        BinaryPrimitives.WriteUInt32LittleEndian(_writable.AsSpan(offset), writable);
    }

    public void Define8(int offset, byte value, byte writable = 0)
    {
        _bytes[offset] = value;
        _writable[offset] = writable;
    }

    public ushort Word(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(offset));

    public uint Doubleword(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(offset));

    /// <summary>Beyond its end, and in holes, are zeros.</summary>
    public uint Read(int offset, int sizeBytes)
    {
        var value = 0u;
        for (var place = 0; place < sizeBytes && offset + place < SizeBytes; place++)
        {
            value |= (uint)_bytes[offset + place] << (8 * place);
        }

        return value;
    }

    public void Write(int offset, int sizeBytes, uint value)
    {
        for (var place = 0; place < sizeBytes && offset + place < SizeBytes; place++)
        {
            var mask = _writable[offset + place];
            var given = (byte)(value >> (8 * place));
            _bytes[offset + place] = (byte)((_bytes[offset + place] & ~mask) | (given & mask));
        }
    }
}
