namespace ItsService.Client;

/// <summary>How many bytes of a register an access takes.</summary>
/// <param name="Bytes">1, 2, 4 or 8; 0 is the register's own width, for a register that is named.</param>
public readonly record struct AccessSize(uint Bytes)
{
    /// <summary>The register's own width. Only for a register that is named.</summary>
    public static readonly AccessSize Natural = new(0);

    /// <summary>32 bits.</summary>
    public static readonly AccessSize Word = new(4);

    /// <summary>64 bits.</summary>
    public static readonly AccessSize Doubleword = new(8);
}
