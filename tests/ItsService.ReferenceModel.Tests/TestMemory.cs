namespace ItsService.ReferenceModel.Tests;

/// <summary>4 MiB of RAM at 1 GiB, of which a test may make a range read-only or take it away.</summary>
internal sealed class TestMemory : IReferenceMemory
{
    public const ulong Base = 0x4000_0000;

    private readonly byte[] _bytes = new byte[4 << 20];

    public (ulong First, ulong Last)? ReadOnly { get; set; }

    public (ulong First, ulong Last)? Absent { get; set; }

    public bool TryRead(ulong address, Span<byte> into)
    {
        var length = (ulong)into.Length;
        if (!Holds(address, length) || Meets(Absent, address, length))
        {
            return false;
        }

        _bytes.AsSpan((int)(address - Base), into.Length).CopyTo(into);
        return true;
    }

    public bool TryWrite(ulong address, ReadOnlySpan<byte> from)
    {
        if (!CanWrite(address, (ulong)from.Length))
        {
            return false;
        }

        from.CopyTo(_bytes.AsSpan((int)(address - Base)));
        return true;
    }

    public bool CanWrite(ulong address, ulong length) =>
        Holds(address, length) && !Meets(Absent, address, length) && !Meets(ReadOnly, address, length);

    public byte this[ulong address]
    {
        get => _bytes[address - Base];
        set => _bytes[address - Base] = value;
    }

    public ulong Read64(ulong address) => BitConverter.ToUInt64(_bytes, (int)(address - Base));

    public void Write64(ulong address, ulong value) =>
        BitConverter.TryWriteBytes(_bytes.AsSpan((int)(address - Base)), value);

    private bool Holds(ulong address, ulong length) =>
        address >= Base && address - Base + length <= (ulong)_bytes.Length;

    private static bool Meets((ulong First, ulong Last)? range, ulong address, ulong length) =>
        range is var (first, last) && address <= last && address + length > first;
}
