using ItsService.Core.Identifiers;

namespace ItsService.Core.Distributor;

/// <summary>
/// A pending interrupt as one number: priority in the highest byte and INTID below, so that the better of two is the
/// smaller one (decision 0004: lowest priority value first, then lowest INTID).
/// </summary>
internal static class InterruptRank
{
    /// <summary>None: worse than every interrupt. Its priority is 0xFF, which no mask lets through.</summary>
    public const uint None = uint.MaxValue;

    private const int PriorityShift = 24;

    public static uint Of(IntId intId, byte priority) => ((uint)priority << PriorityShift) | intId.Value;

    public static byte PriorityOf(uint rank) => (byte)(rank >> PriorityShift);

    public static IntId IntIdOf(uint rank) => new(rank & ((1u << PriorityShift) - 1));
}
