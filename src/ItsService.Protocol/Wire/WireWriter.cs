namespace ItsService.Protocol.Wire;

/// <summary>Writes numbers as protobuf encodes them.</summary>
public static class WireWriter
{
    /// <summary>The most bytes that a number takes.</summary>
    public const int VarintBytesMax = 10;

    /// <summary>Writes a number; returns how many bytes it took.</summary>
    public static int WriteVarint(Span<byte> target, ulong value)
    {
        var length = 0;
        while (value >= 0x80)
        {
            target[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        target[length++] = (byte)value;
        return length;
    }

    /// <summary>How many bytes a number takes.</summary>
    public static int VarintLength(ulong value)
    {
        var length = 1;
        while (value >= 0x80)
        {
            value >>= 7;
            length++;
        }

        return length;
    }
}
