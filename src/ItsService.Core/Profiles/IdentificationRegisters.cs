namespace ItsService.Core.Profiles;

/// <summary>The twelve identification registers of a frame, at 0xFFD0: PIDR4..7, PIDR0..3, CIDR0..3.</summary>
/// <param name="Pidr4">[7:4] size of the frame, [3:0] JEP106 continuation code.</param>
/// <param name="Pidr0">Part number [7:0].</param>
/// <param name="Pidr1">Identity code [3:0] and part number [11:8].</param>
/// <param name="Pidr2">[7:4] ArchRev: 3 is GICv3.</param>
/// <param name="HasCidr">Whether CIDR0..3 hold 0D F0 05 B1, or zeros.</param>
public readonly record struct IdentificationRegisters(byte Pidr4, byte Pidr0, byte Pidr1, byte Pidr2, bool HasCidr)
{
    /// <summary>The value of the register at <paramref name="offset"/>, 0xFFD0..0xFFFC.</summary>
    public uint At(int offset)
    {
        ReadOnlySpan<byte> values =
        [
            Pidr4, 0, 0, 0, Pidr0, Pidr1, Pidr2, 0,
            HasCidr ? (byte)0x0D : (byte)0, HasCidr ? (byte)0xF0 : (byte)0,
            HasCidr ? (byte)0x05 : (byte)0, HasCidr ? (byte)0xB1 : (byte)0,
        ];
        return values[(offset - 0xFFD0) / 4];
    }
}
