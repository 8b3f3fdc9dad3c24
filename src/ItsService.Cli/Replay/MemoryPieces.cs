namespace ItsService.Cli.Replay;

/// <summary>Guest memory in pieces of a size that one call takes, by number.</summary>
internal static class MemoryPieces
{
    public const ulong SizeBytes = 1 << 16;

    /// <summary>The pieces that a range touches.</summary>
    public static IEnumerable<ulong> Of(ulong address, ulong lengthBytes)
    {
        for (var piece = address / SizeBytes; piece <= (address + lengthBytes - 1) / SizeBytes; piece++)
        {
            yield return piece;
        }
    }
}
