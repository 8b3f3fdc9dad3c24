namespace ItsService.Server.Tests.Batches;

/// <summary>Puts encoded protobuf messages together by hand, in forms that no encoder writes, too.</summary>
internal static class Wire
{
    private const int VarintBytesMax = 10;

    /// <summary>A number; with more bytes than it needs when it is to have a length.</summary>
    public static byte[] Varint(ulong value, int length = 0)
    {
        var bytes = new List<byte>(VarintBytesMax);
        while (value >= 0x80 || bytes.Count + 1 < length)
        {
            bytes.Add((byte)(value | 0x80));
            value >>= 7;
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }

    /// <summary>A field of the sort that has a number.</summary>
    public static byte[] Number(int field, ulong value, int length = 0) => Join(Tag(field, 0), Varint(value, length));

    /// <summary>A field of the sort that has a length: a message, bytes or a string.</summary>
    public static byte[] Block(int field, params byte[][] content)
    {
        var block = Join(content);
        return Join(Tag(field, 2), Varint((ulong)block.Length), block);
    }

    /// <summary>A string, or anything that is taken for one.</summary>
    public static byte[] Text(int field, string text) => Block(field, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>A field of eight bytes.</summary>
    public static byte[] Fixed64(int field, ulong value) => Join(Tag(field, 1), BitConverter.GetBytes(value));

    /// <summary>A field of four bytes.</summary>
    public static byte[] Fixed32(int field, uint value) => Join(Tag(field, 5), BitConverter.GetBytes(value));

    /// <summary>A field of the sort that has a start and an end.</summary>
    public static byte[] Group(int field, params byte[][] content) =>
        Join([Tag(field, 3), .. content, Tag(field, 4)]);

    public static byte[] Tag(int field, uint type) => Varint(((ulong)field << 3) | type);

    public static byte[] Join(params IEnumerable<byte[]> parts) => [.. parts.SelectMany(part => part)];
}
