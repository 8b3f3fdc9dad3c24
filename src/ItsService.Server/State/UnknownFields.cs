using Google.Protobuf.Reflection;

namespace ItsService.Server.State;

/// <summary>
/// Whether an encoded message has fields that its type does not have here, at any depth. A parser passes them over; but
/// in a state they are what a newer service knew of its VM, and a VM without it would be another one.
/// </summary>
internal static class UnknownFields
{
    private const string Malformed = "what is no field";

    /// <summary>The place of the first one, as in "its[1].field 11"; null where there is none.</summary>
    /// <param name="message">Bytes that the type's parser takes.</param>
    /// <param name="type">The type.</param>
    public static string? FirstIn(ReadOnlySpan<byte> message, MessageDescriptor type)
    {
        var (lastNumber, index) = (0, 0);
        while (!message.IsEmpty)
        {
            if (!TryReadNumber(ref message, out var tag))
            {
                return Malformed;
            }

            var number = (int)(tag >> 3);
            (lastNumber, index) = (number, number == lastNumber ? index + 1 : 0);
            var field = type.FindFieldByNumber(number);
            if (field is null || !TryReadContent(ref message, field, (int)(tag & 7), out var content))
            {
                return $"field {number}";
            }

            if (field.FieldType == FieldType.Message && FirstIn(content, field.MessageType) is { } inner)
            {
                return field.IsRepeated ? $"{field.Name}[{index}].{inner}" : $"{field.Name}.{inner}";
            }
        }

        return null;
    }

    /// <summary>False where the field is encoded in a way that its type is not, which makes it another one.</summary>
    private static bool TryReadContent(
        ref ReadOnlySpan<byte> message, FieldDescriptor field, int wireType, out ReadOnlySpan<byte> content)
    {
        content = default;
        const ulong None = ulong.MaxValue;
        var length = wireType switch
        {
            0 when IsVarint(field.FieldType) => TryReadNumber(ref message, out _) ? 0 : None,
            1 when field.FieldType is FieldType.Fixed64 or FieldType.SFixed64 or FieldType.Double => 8UL,
            5 when field.FieldType is FieldType.Fixed32 or FieldType.SFixed32 or FieldType.Float => 4UL,
            2 when HasLength(field) => TryReadNumber(ref message, out var number) ? number : None,
            _ => None,
        };
        if (length > (ulong)message.Length)
        {
            return false;
        }

        content = message[..(int)length];
        message = message[(int)length..];
        return true;
    }

    private static bool HasLength(FieldDescriptor field) =>
        field.FieldType is FieldType.Message or FieldType.Bytes or FieldType.String || field.IsRepeated;

    private static bool IsVarint(FieldType type) => type
        is FieldType.Bool or FieldType.Enum or FieldType.UInt32 or FieldType.UInt64 or FieldType.Int32
        or FieldType.Int64 or FieldType.SInt32 or FieldType.SInt64;

    private static bool TryReadNumber(ref ReadOnlySpan<byte> message, out ulong number)
    {
        number = 0;
        for (var count = 0; count < Math.Min(message.Length, 10); count++)
        {
            number |= (ulong)(message[count] & 0x7F) << (7 * count);
            if ((message[count] & 0x80) == 0)
            {
                message = message[(count + 1)..];
                return true;
            }
        }

        return false;
    }
}
