using System.Buffers.Binary;
using System.Text;

namespace ItsService.VmmPrototype.Boot;

/// <summary>
/// Writes a flattened device tree (Devicetree Specification 0.4, chapter 5): header, memory reservations, structure
/// block, strings block.
/// </summary>
internal sealed class FlattenedTree
{
    private const uint Magic = 0xD00D_FEED;
    private const uint Version = 17;
    private const uint LastCompatibleVersion = 16;
    private const int HeaderBytes = 40;
    private const int ReservationBytes = 16;
    private const uint BeginNode = 1;
    private const uint EndNode = 2;
    private const uint Property = 3;
    private const uint End = 9;

    private readonly List<byte> _structure = [];
    private readonly List<byte> _strings = [];
    private readonly Dictionary<string, uint> _names = [];

    /// <summary>A node with what <paramref name="content"/> puts into it. The root's name is empty.</summary>
    public FlattenedTree Node(string name, Action<FlattenedTree> content)
    {
        WriteWord(BeginNode);
        WritePadded(Encoding.ASCII.GetBytes(name + "\0"));
        content(this);
        WriteWord(EndNode);
        return this;
    }

    /// <summary>A property without a value: that it is there says all.</summary>
    public FlattenedTree Flag(string name) => Bytes(name, []);

    /// <summary>Strings, each with its final zero.</summary>
    public FlattenedTree Text(string name, params string[] values) =>
        Bytes(name, Encoding.ASCII.GetBytes(string.Concat(values.Select(value => value + "\0"))));

    /// <summary>Cells of 32 bits.</summary>
    public FlattenedTree Cells(string name, params uint[] values)
    {
        var bytes = new byte[4 * values.Length];
        for (var place = 0; place < values.Length; place++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4 * place), values[place]);
        }

        return Bytes(name, bytes);
    }

    /// <summary>Numbers of two cells each: addresses and sizes.</summary>
    public FlattenedTree Wide(string name, params ulong[] values) =>
        Cells(name, [.. values.SelectMany(value => new[] { (uint)(value >> 32), (uint)value })]);

    /// <summary>Any bytes.</summary>
    public FlattenedTree Bytes(string name, byte[] value)
    {
        WriteWord(Property);
        WriteWord((uint)value.Length);
        WriteWord(NameOffset(name));
        WritePadded(value);
        return this;
    }

    /// <summary>The whole tree. Nothing can be put into it afterwards.</summary>
    public byte[] ToBytes()
    {
        WriteWord(End);
        const int structureOffset = HeaderBytes + ReservationBytes;
        var stringsOffset = structureOffset + _structure.Count;
        var tree = new byte[stringsOffset + _strings.Count];
        uint[] header =
        [
            Magic, (uint)tree.Length, structureOffset, (uint)stringsOffset, HeaderBytes, Version, LastCompatibleVersion,
            0, (uint)_strings.Count, (uint)_structure.Count,
        ];
        for (var place = 0; place < header.Length; place++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(tree.AsSpan(4 * place), header[place]);
        }

        _structure.CopyTo(tree, structureOffset);
        _strings.CopyTo(tree, stringsOffset);
        return tree;
    }

    private uint NameOffset(string name)
    {
        if (!_names.TryGetValue(name, out var offset))
        {
            offset = (uint)_strings.Count;
            _names.Add(name, offset);
            _strings.AddRange(Encoding.ASCII.GetBytes(name + "\0"));
        }

        return offset;
    }

    private void WriteWord(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        _structure.AddRange(bytes);
    }

    private void WritePadded(ReadOnlySpan<byte> bytes)
    {
        _structure.AddRange(bytes);
        while (_structure.Count % 4 != 0)
        {
            _structure.Add(0);
        }
    }
}
