using ItsService.Core.Identifiers;
using ItsService.Core.Registers;

namespace ItsService.Core.Tables;

/// <summary>
/// One mapped event (an ITE): which LPI it is and which collection it belongs to. Packed as
/// <c>63 Mapped | 47:16 pINTID | 15:0 ICID</c>, so that an unmapped event is zero.
/// </summary>
internal readonly record struct InterruptTranslationEntry(ulong Raw)
{
    /// <summary>The bytes that one entry takes in guest memory (tables 6.3).</summary>
    public const ulong GuestSizeBytes = 8;

    public InterruptTranslationEntry(IntId lpi, CollectionId collection)
        : this(Bits.Mask(63, 63) | ((ulong)lpi.Value << 16) | collection.Value)
    {
    }

    public bool IsMapped => Raw != 0;

    public IntId Lpi => new((uint)Raw.Field(47, 16));

    public CollectionId Collection => new((uint)Raw.Field(15, 0));

    public InterruptTranslationEntry WithCollection(CollectionId collection) => new(Lpi, collection);
}
