namespace ItsService.Core.Registers;

/// <summary>One line of a frame's register map: a register, or an array of like registers.</summary>
/// <param name="Id">Which register it is.</param>
/// <param name="Name">The architecture's name; <c>&lt;n&gt;</c> stands for the number in an array.</param>
/// <param name="Offset">Of the first, in bytes from the frame's base.</param>
/// <param name="WidthBytes">4 or 8.</param>
/// <param name="Access">What software may do.</param>
/// <param name="WritableMask">The bits a write can change; all others are RES0 or read-only to it.</param>
/// <param name="Fields">Its fields, highest first.</param>
public sealed record RegisterRow(
    RegisterId Id,
    string Name,
    int Offset,
    int WidthBytes,
    RegisterAccess Access,
    ulong WritableMask,
    IReadOnlyList<RegisterField> Fields)
{
    /// <summary>How many there are, <see cref="WidthBytes"/> apart.</summary>
    public int Count { get; init; } = 1;

    /// <summary>The architecture's number of the first, where an array does not begin at 0.</summary>
    public int FirstNumber { get; init; }

    /// <summary>
    /// The access sizes that are legal, as a sum: 4 for 32-bit registers, 4 + 8 for 64-bit ones, 1 + 4 where bytes can
    /// be accessed, 2 + 4 for GITS_TRANSLATER.
    /// </summary>
    public int LegalSizes { get; init; }

    /// <summary>Whether an access of <paramref name="sizeBytes"/> is legal here.</summary>
    public bool IsLegalSize(int sizeBytes) => int.IsPow2(sizeBytes) && (LegalSizes & sizeBytes) != 0;

    /// <summary>The name of the register at <paramref name="index"/> of the array.</summary>
    public string NameOf(int index) =>
        Name.Replace("<n>", (FirstNumber + index).ToString(provider: null), StringComparison.Ordinal);
}
