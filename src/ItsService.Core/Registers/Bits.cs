namespace ItsService.Core.Registers;

/// <summary>
/// Bit ranges as the manual writes them, [high:low], both inclusive: the one place with shifts and masks.
/// </summary>
internal static class Bits
{
    /// <summary>Whether bit <paramref name="bit"/> is 1.</summary>
    public static bool Bit(this ulong value, int bit) => ((value >> bit) & 1) != 0;

    /// <summary>The bits [high:low], moved down to bit 0.</summary>
    public static ulong Field(this ulong value, int high, int low) => (value >> low) & Ones(high - low + 1);

    /// <summary>
    /// The value with <paramref name="field"/> put at [high:low]; the field's higher bits are cut off.
    /// </summary>
    public static ulong WithField(this ulong value, int high, int low, ulong field) =>
        (value & ~Mask(high, low)) | ((field << low) & Mask(high, low));

    /// <summary>The value with bit <paramref name="bit"/> set or cleared.</summary>
    public static ulong WithBit(this ulong value, int bit, bool set) => value.WithField(bit, bit, set ? 1UL : 0UL);

    /// <summary>Ones at [high:low], zeros elsewhere.</summary>
    public static ulong Mask(int high, int low) => Ones(high - low + 1) << low;

    /// <summary><paramref name="count"/> ones from bit 0; count is 0..64.</summary>
    public static ulong Ones(int count) => count >= 64 ? ulong.MaxValue : (1UL << count) - 1;
}
