namespace ItsService.Protocol.Wire;

/// <summary>
/// Reads the fields of one protobuf message where it lies, without an object for each message in it. It is for long
/// lists of small messages, and knows what encoders write: whoever meets anything else leaves the message to the
/// generated parser, which knows all that the format permits.
/// </summary>
/// <param name="message">The encoded fields, without a length before them.</param>
public ref struct WireReader(ReadOnlySpan<byte> message)
{
    private const int VarintBytesMax = 10;
    private readonly ReadOnlySpan<byte> _message = message;

    /// <summary>How many bytes were read.</summary>
    public int Position { get; private set; }

    /// <summary>Whether all fields were read.</summary>
    public readonly bool IsAtEnd => Position == _message.Length;

    /// <summary>The tag of a field.</summary>
    public static uint Tag(int fieldNumber, WireType type) => ((uint)fieldNumber << 3) | (uint)type;

    /// <summary>Reads a number; false when there is none.</summary>
    public bool TryReadVarint(out ulong value)
    {
        // Most numbers here have one byte.
        if (Position < _message.Length && _message[Position] < 0x80)
        {
            value = _message[Position++];
            return true;
        }

        return TryReadLongVarint(out value);
    }

    /// <summary>Reads a number of 32 bits; false when there is none or a larger one.</summary>
    public bool TryReadUInt32(out uint value)
    {
        var isRead = TryReadVarint(out var number);
        value = (uint)number;
        return isRead && number <= uint.MaxValue;
    }

    /// <summary>Reads a length and the bytes that follow; false when they are not all there.</summary>
    public bool TryReadBytes(out ReadOnlySpan<byte> bytes)
    {
        if (!TryReadVarint(out var length) || length > (ulong)(_message.Length - Position))
        {
            bytes = default;
            return false;
        }

        bytes = _message.Slice(Position, (int)length);
        Position += (int)length;
        return true;
    }

    private bool TryReadLongVarint(out ulong value)
    {
        value = 0;
        var bytes = _message[Position..];
        for (var index = 0; index < Math.Min(bytes.Length, VarintBytesMax); index++)
        {
            var group = bytes[index];
            value |= (ulong)(group & 0x7F) << (7 * index);
            if (group < 0x80)
            {
                Position += index + 1;
                return true;
            }
        }

        return false;
    }
}
