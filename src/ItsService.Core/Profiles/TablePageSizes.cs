namespace ItsService.Core.Profiles;

/// <summary>The page sizes that a GITS_BASERn takes; software writes one and reads back whether it was taken.</summary>
[Flags]
public enum TablePageSizes
{
    /// <summary>None; not a legal profile.</summary>
    None = 0,

    /// <summary>4 KiB.</summary>
    FourKiB = 1,

    /// <summary>16 KiB.</summary>
    SixteenKiB = 2,

    /// <summary>64 KiB.</summary>
    SixtyFourKiB = 4,

    /// <summary>All three.</summary>
    All = FourKiB | SixteenKiB | SixtyFourKiB,
}
