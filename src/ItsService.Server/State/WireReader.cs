using Google.Protobuf.Reflection;

namespace ItsService.Server.State;

/// <summary>
/// Reads the fields of an encoded message one behind another, where they lie. It takes less than the parser does: what
/// is read here in one way is never read there in another.
/// </summary>
internal ref struct WireReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;

    /// <summary>Whether all of it is read.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>How many bytes are left.</summary>
    public readonly int RestLength => _rest.Length;

    /// <summary>The number of the next field, and how it is encoded; false where that cannot be read.</summary>
    public bool TryReadTag(out int number, out int wireType)
    {
        (number, wireType) = (0, 0);
        if (!TryReadNumber(out var tag) || tag > uint.MaxValue || tag >> 3 == 0)
        {
            return false;
        }

        (number, wireType) = ((int)(tag >> 3), (int)(tag & 7));
        return true;
    }

    /// <summary>What stands behind a tag; false where there is less of it.</summary>
    /// <param name="wireType">How it is encoded, one that <see cref="IsEncodedSo"/> has found right.</param>
    /// <param name="content">The bytes without their length.</param>
    public bool TryReadContent(int wireType, out ReadOnlySpan<byte> content)
    {
        content = default;
        var before = _rest;
        var length = 0UL;
        switch (wireType)
        {
            case 0 when TryReadNumber(out _):
                content = before[..^_rest.Length];
                return true;
            case 1:
                length = sizeof(ulong);
                break;
            case 2 when TryReadNumber(out length):
                break;
            case 5:
                length = sizeof(uint);
                break;
            default:
                return false;
        }

        if (length > (ulong)_rest.Length)
        {
            return false;
        }

        content = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return true;
    }

    /// <summary>The content of a message's first field of that number, which has a length.</summary>
    public static bool TryFind(ReadOnlySpan<byte> message, int wanted, out ReadOnlySpan<byte> content)
    {
        const int WithLength = 2;
        var reader = new WireReader(message);
        while (reader.TryReadTag(out var number, out var wireType) && reader.TryReadContent(wireType, out content))
        {
            if (number == wanted && wireType == WithLength)
            {
                return true;
            }
        }

        content = default;
        return false;
    }

    /// <summary>Whether a field may be encoded so. Where it is not, it is another one.</summary>
    public static bool IsEncodedSo(FieldDescriptor field, int wireType) => wireType switch
    {
        0 => IsVarint(field.FieldType),
        1 => field.FieldType is FieldType.Fixed64 or FieldType.SFixed64 or FieldType.Double,
        2 => field.FieldType is FieldType.Message or FieldType.Bytes or FieldType.String || field.IsRepeated,
        5 => field.FieldType is FieldType.Fixed32 or FieldType.SFixed32 or FieldType.Float,
        _ => false,
    };

    /// <summary>How many elements of a field there are in what stands behind its tag.</summary>
    public static long ElementsIn(ReadOnlySpan<byte> content, FieldDescriptor field, int wireType)
    {
        if (wireType != 2 || field.FieldType is FieldType.Message or FieldType.Bytes or FieldType.String)
        {
            return 1;
        }

        return field.FieldType switch
        {
            FieldType.Fixed64 or FieldType.SFixed64 or FieldType.Double => content.Length / sizeof(ulong),
            FieldType.Fixed32 or FieldType.SFixed32 or FieldType.Float => content.Length / sizeof(uint),
            _ => CountEnds(content),
        };
    }

    // The last byte of each number has its highest bit clear.
    private static long CountEnds(ReadOnlySpan<byte> numbers)
    {
        var count = 0L;
        foreach (var part in numbers)
        {
            count += part < 0x80 ? 1 : 0;
        }

        return count;
    }

    private static bool IsVarint(FieldType type) => type
        is FieldType.Bool or FieldType.Enum or FieldType.UInt32 or FieldType.UInt64 or FieldType.Int32
        or FieldType.Int64 or FieldType.SInt32 or FieldType.SInt64;

    private bool TryReadNumber(out ulong number)
    {
        number = 0;
        for (var count = 0; count < Math.Min(_rest.Length, 10); count++)
        {
            number |= (ulong)(_rest[count] & 0x7F) << (7 * count);
            if ((_rest[count] & 0x80) == 0)
            {
                _rest = _rest[(count + 1)..];
                return true;
            }
        }

        return false;
    }
}
