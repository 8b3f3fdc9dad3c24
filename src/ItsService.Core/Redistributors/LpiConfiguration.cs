using ItsService.Core.Registers;

namespace ItsService.Core.Redistributors;

/// <summary>
/// One byte of the LPI configuration table: <c>7:2 Priority | 1 RES1 | 0 Enable</c> (tables section 9).
/// </summary>
internal readonly record struct LpiConfiguration(byte Raw)
{
    /// <summary>64 priority levels: the two lowest bits of a priority are 0.</summary>
    public const int LevelCount = 64;

    public bool IsEnabled => ((ulong)Raw).Bit(0);

    public byte Priority => (byte)(Raw & 0xFC);

    /// <summary>The priority as a level, 0..63.</summary>
    public int Level => Raw >> 2;
}
