using ItsService.Core.Identifiers;
using ItsService.Core.Registers;

namespace ItsService.Core.GuestTables;

/// <summary>
/// A mapped event in a device's interrupt translation table (an ITE), ABI revision 0 (tables 6.3):
/// <c>63:48 next | 47:16 pINTID | 15:0 ICID</c>. There is no bit for valid: a pINTID of 0 is none.
/// </summary>
internal readonly record struct TranslationTableEntry(ulong Raw)
{
    public const int SizeBytes = 8;

    /// <summary>The largest distance that <c>next</c> holds; a larger one is written as this.</summary>
    public const uint NextMax = (1 << 16) - 1;

    public TranslationTableEntry(IntId lpi, CollectionId collection, uint next)
        : this(((ulong)Math.Min(next, NextMax) << 48) | ((ulong)lpi.Value << 16) | collection.Value)
    {
    }

    public bool IsValid => Lpi.Value != 0;

    /// <summary>How far the next entry is, in EventIDs; 0 for the last one.</summary>
    public uint Next => (uint)Raw.Field(63, 48);

    public IntId Lpi => new((uint)Raw.Field(47, 16));

    public CollectionId Collection => new((uint)Raw.Field(15, 0));
}
