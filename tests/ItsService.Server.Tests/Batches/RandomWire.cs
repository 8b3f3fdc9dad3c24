using Google.Protobuf.Reflection;

namespace ItsService.Server.Tests.Batches;

/// <summary>
/// Random messages of any type in encoded form: as encoders write them, or in any other way that the format permits.
/// </summary>
/// <param name="random">Where chance comes from.</param>
/// <param name="oddity">How probable each departure from what encoders write is, at each place.</param>
/// <param name="numberOf">A number that is right for a field; null leaves it to chance.</param>
/// <param name="bytesOf">Bytes that are right for a field; null leaves them to chance.</param>
internal sealed class RandomWire(
    Random random,
    double oddity,
    Func<FieldDescriptor, ulong?> numberOf,
    Func<FieldDescriptor, byte[]?> bytesOf)
{
    private const int UnknownField = 1000;
    private const int VarintBytesMax = 10;

    private static readonly ulong[] Edges =
    [
        0, 1, 2, 3, 4, 8, 0x7F, 0x80, 0x3FFF, 0x4000, int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 32,
        long.MaxValue, 1UL << 63, ulong.MaxValue,
    ];

    /// <summary>The fields of a message.</summary>
    public byte[] Message(MessageDescriptor type) => Wire.Join(Fields(type));

    private List<byte[]> Fields(MessageDescriptor type)
    {
        var fields = new List<byte[]>();
        foreach (var field in ChosenFields(type))
        {
            AddField(fields, field);
        }

        if (fields.Count > 0 && IsOdd())
        {
            fields.Add(fields[random.Next(fields.Count)]);
        }

        if (fields.Count > 0 && IsOdd())
        {
            fields.RemoveAt(random.Next(fields.Count));
        }

        if (IsOdd())
        {
            fields.Insert(random.Next(fields.Count + 1), Unknown(depth: 0));
        }

        if (IsOdd())
        {
            random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(fields));
        }

        return fields;
    }

    private IEnumerable<FieldDescriptor> ChosenFields(MessageDescriptor type)
    {
        var chosen = type.Fields.InFieldNumberOrder()
            .Where(field => field.RealContainingOneof is null && random.Next(6) != 0)
            .ToList();
        foreach (var oneof in type.Oneofs.Where(oneof => !oneof.IsSynthetic))
        {
            chosen.Add(oneof.Fields[random.Next(oneof.Fields.Count)]);
            if (IsOdd())
            {
                chosen.Add(oneof.Fields[random.Next(oneof.Fields.Count)]);
            }
        }

        return chosen.OrderBy(field => field.FieldNumber);
    }

    private void AddField(List<byte[]> fields, FieldDescriptor field)
    {
        var count = field.IsRepeated ? random.Next(7) : 1;
        for (var made = 0; made < count; made++)
        {
            if (field.FieldType == FieldType.Message)
            {
                AddMessage(fields, field);
            }
            else if (field.FieldType is FieldType.Bytes or FieldType.String)
            {
                fields.Add(Block(field.FieldNumber, bytesOf(field) ?? AnyBytes()));
            }
            else
            {
                fields.Add(Wire.Join(Number(Tag(field.FieldNumber, 0)), Number(NumberOf(field))));
            }
        }
    }

    // The fields of one message may come in two parts, which a reader puts together.
    private void AddMessage(List<byte[]> fields, FieldDescriptor field)
    {
        var inner = Fields(field.MessageType);
        var end = IsOdd() ? random.Next(inner.Count + 1) : inner.Count;
        fields.Add(Block(field.FieldNumber, Wire.Join(inner[..end])));
        if (end != inner.Count)
        {
            fields.Add(Block(field.FieldNumber, Wire.Join(inner[end..])));
        }
    }

    private ulong NumberOf(FieldDescriptor field)
    {
        if (!IsOdd() && numberOf(field) is { } right)
        {
            return right;
        }

        var any = random.Next(3) == 0 ? (ulong)random.NextInt64() >> random.Next(64) : random.GetItems(Edges, 1)[0];
        return field.FieldType switch
        {
            FieldType.Bool => any & 1,
            // An encoder writes a negative number as one of 64 bits.
            FieldType.Enum => IsOdd() ? (ulong)(long)(int)any : any % 5,
            FieldType.UInt32 when !IsOdd() => (uint)any,
            _ => any,
        };
    }

    private byte[] Block(int field, byte[] content)
    {
        // A length of more than 32 bits is cut to them.
        var beyond = IsOdd() ? (ulong)random.Next(1, 9) << 32 : 0;
        return Wire.Join(Number(Tag(field, 2)), Number((ulong)content.Length + beyond), content);
    }

    private byte[] Number(ulong value)
    {
        if (!IsOdd())
        {
            return Wire.Varint(value);
        }

        var bytes = Wire.Varint(value, random.Next(1, VarintBytesMax + 1));
        if (bytes.Length == VarintBytesMax)
        {
            // Of the tenth group one bit counts.
            bytes[^1] |= (byte)(random.Next(64) << 1);
        }

        return bytes;
    }

    private byte[] Unknown(int depth)
    {
        // Those of these sorts are unknown under every number: no message here has such a field.
        var field = random.Next(2) == 0 ? UnknownField : random.Next(1, 8);
        switch (random.Next(depth < 4 ? 5 : 4))
        {
            case 0:
                return Wire.Fixed32(field, (uint)random.Next());
            case 1:
                return Wire.Fixed64(field, (ulong)random.NextInt64());
            case 2:
                return Wire.Number(UnknownField, (ulong)random.NextInt64());
            case 3:
                return Wire.Block(UnknownField, AnyBytes());
            default:
                return Wire.Group(
                    field, [.. Enumerable.Range(0, random.Next(3)).Select(_ => Unknown(depth + 1))]);
        }
    }

    private byte[] AnyBytes()
    {
        var bytes = new byte[random.Next(40)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static ulong Tag(int field, uint type) => ((ulong)field << 3) | type;

    private bool IsOdd() => random.NextDouble() < oddity;
}
