namespace ItsService.Simulation.Steps;

/// <summary>A command as software puts it into the queue: four doublewords.</summary>
internal readonly record struct Slot(ulong Dw0, ulong Dw1, ulong Dw2, ulong Dw3)
{
    /// <summary>The bytes of a slot.</summary>
    public const int SizeBytes = 32;

    /// <summary>What 32 bytes hold.</summary>
    public static Slot Of(ReadOnlySpan<byte> bytes) => new(
        BitConverter.ToUInt64(bytes),
        BitConverter.ToUInt64(bytes[8..]),
        BitConverter.ToUInt64(bytes[16..]),
        BitConverter.ToUInt64(bytes[24..]));

    /// <summary>The 32 bytes, little-endian.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[SizeBytes];
        BitConverter.TryWriteBytes(bytes, Dw0);
        BitConverter.TryWriteBytes(bytes.AsSpan(8), Dw1);
        BitConverter.TryWriteBytes(bytes.AsSpan(16), Dw2);
        BitConverter.TryWriteBytes(bytes.AsSpan(24), Dw3);
        return bytes;
    }
}
