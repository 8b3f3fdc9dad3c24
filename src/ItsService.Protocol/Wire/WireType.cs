namespace ItsService.Protocol.Wire;

/// <summary>How a field of a protobuf message is encoded: the low three bits of its tag.</summary>
public enum WireType
{
    /// <summary>A number in groups of seven bits, the lowest first.</summary>
    Varint = 0,

    /// <summary>A length and as many bytes: strings, bytes, messages.</summary>
    LengthDelimited = 2,
}
