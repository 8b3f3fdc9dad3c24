namespace ItsService.Differential.Sides;

internal enum AccessKind
{
    ReadRegister,
    WriteRegister,
    ReadMemory,
    WriteMemory,
}

/// <summary>One access of a guest to its controller or its RAM.</summary>
internal readonly record struct Access(AccessKind Kind, ulong Address, int SizeBytes, ulong Value, byte[] Bytes);

/// <summary>Accesses in order, for either side. Their results are found by the places that adding gave.</summary>
internal sealed class AccessList
{
    private readonly List<Access> _accesses = [];

    public IReadOnlyList<Access> Accesses => _accesses;

    public int Count => _accesses.Count;

    public int Read(ulong address, int sizeBytes) => Add(new(AccessKind.ReadRegister, address, sizeBytes, 0, []));

    public int Write(ulong address, int sizeBytes, ulong value) =>
        Add(new(AccessKind.WriteRegister, address, sizeBytes, value, []));

    public int ReadMemory(ulong address, int lengthBytes) =>
        Add(new(AccessKind.ReadMemory, address, lengthBytes, 0, []));

    public int WriteMemory(ulong address, byte[] bytes) =>
        Add(new(AccessKind.WriteMemory, address, bytes.Length, 0, bytes));

    public int WriteMemory(ulong address, ulong value)
    {
        var bytes = new byte[sizeof(ulong)];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return WriteMemory(address, bytes);
    }

    private int Add(Access access)
    {
        _accesses.Add(access);
        return _accesses.Count - 1;
    }
}

/// <summary>What accesses gave, by their places in the list.</summary>
internal sealed class AccessResults(int count)
{
    private readonly ulong[] _values = new ulong[count];
    private readonly byte[][] _bytes = new byte[count][];

    public ulong Value(int place) => _values[place];

    public byte[] Bytes(int place) => _bytes[place];

    public ulong Doubleword(int place) =>
        System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(_bytes[place]);

    public void Set(int place, ulong value) => _values[place] = value;

    public void Set(int place, byte[] bytes) => _bytes[place] = bytes;
}
