namespace ItsService.Core.Registers;

/// <summary>Which cacheability and shareability a base register takes; software reads it back to find out.</summary>
public enum MemoryAttributePolicy
{
    /// <summary>Every encoding is kept as written (QEMU).</summary>
    KeepAll,

    /// <summary>
    /// Outer shareable becomes inner shareable, non-cacheable becomes read-allocate write-back, and an outer attribute
    /// other than 0 and 1 becomes 0, the same as inner (KVM; gits-registers 8.1).
    /// </summary>
    CoherentOnly,
}

/// <summary>Applies a <see cref="MemoryAttributePolicy"/>.</summary>
internal static class MemoryAttributePolicyExtensions
{
    private const int ShareabilityHigh = 11;
    private const int ShareabilityLow = 10;
    private const ulong InnerShareable = 1;
    private const ulong OuterShareable = 2;
    private const ulong NormalNonCacheable = 1;
    private const ulong ReadAllocateWriteBack = 3;

    public static ulong Sanitize(this MemoryAttributePolicy policy, ulong value, MemoryAttributes at)
    {
        if (policy == MemoryAttributePolicy.KeepAll)
        {
            return value;
        }

        if (value.Field(ShareabilityHigh, ShareabilityLow) == OuterShareable)
        {
            value = value.WithField(ShareabilityHigh, ShareabilityLow, InnerShareable);
        }

        if (value.Field(at.InnerHigh, at.InnerHigh - 2) <= NormalNonCacheable)
        {
            value = value.WithField(at.InnerHigh, at.InnerHigh - 2, ReadAllocateWriteBack);
        }

        if (value.Field(at.OuterHigh, at.OuterHigh - 2) > NormalNonCacheable)
        {
            value = value.WithField(at.OuterHigh, at.OuterHigh - 2, 0);
        }

        return value;
    }
}
