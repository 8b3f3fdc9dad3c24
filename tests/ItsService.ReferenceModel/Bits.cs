namespace ItsService.ReferenceModel;

/// <summary>Fields of registers and entries, with ranges written as in the manual.</summary>
internal static class Bits
{
    public static ulong Ones(int high, int low) =>
        (high == 63 ? ulong.MaxValue : (1UL << (high + 1)) - 1) & ~((1UL << low) - 1);

    public static bool Bit(this ulong value, int position) => ((value >> position) & 1) != 0;

    public static ulong Field(this ulong value, int high, int low) => (value & Ones(high, low)) >> low;

    public static ulong WithField(this ulong value, int high, int low, ulong field) =>
        (value & ~Ones(high, low)) | ((field << low) & Ones(high, low));

    public static ulong At(this bool value, int position) => value ? 1UL << position : 0;

    /// <summary>What a load of a 64-bit register, or of one of its halves, gives: gits 2.1.</summary>
    public static ulong Part(ulong register, uint offsetInRegister, int sizeBytes) =>
        sizeBytes == 8 ? register : register.Field((int)(8 * offsetInRegister) + 31, (int)(8 * offsetInRegister));

    /// <summary>What a store to a 64-bit register or a half of it asks for: the other half stays: gits 2.1.</summary>
    public static ulong Merge(ulong register, uint offsetInRegister, int sizeBytes, ulong value) =>
        sizeBytes == 8
            ? value
            : register.WithField((int)(8 * offsetInRegister) + 31, (int)(8 * offsetInRegister), value);
}
