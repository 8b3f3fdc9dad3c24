namespace ItsService.Core.Registers;

/// <summary>An access that means a register, wholly or a part of it.</summary>
internal readonly record struct DecodedAccess(RegisterRow Row, int Index, int ByteOffset, int SizeBytes)
{
    public bool IsWhole => SizeBytes == Row.WidthBytes;

    /// <summary>The register's bits that the access is to.</summary>
    public ulong Mask => Bits.Mask(HighBit, LowBit);

    private int LowBit => ByteOffset * 8;

    private int HighBit => LowBit + (SizeBytes * 8) - 1;

    /// <summary>The part of the register's value that the access reads.</summary>
    public ulong Extract(ulong registerValue) => registerValue.Field(HighBit, LowBit);

    /// <summary>The register's value with the written part put in its place.</summary>
    public ulong Merge(ulong registerValue, ulong written) => registerValue.WithField(HighBit, LowBit, written);
}
