namespace ItsService.Core.Memory;

/// <summary>
/// A page of guest memory as it was when <see cref="SparseGuestMemory.SharePages"/> handed it out. Its bytes never
/// change: any thread that comes after that may read them.
/// </summary>
public readonly struct SharedPage
{
    private readonly byte[] _bytes;

    internal SharedPage(ulong number, byte[] bytes)
    {
        (Number, _bytes) = (number, bytes);
    }

    /// <summary>Its address, divided by its size.</summary>
    public ulong Number { get; }

    /// <summary>What it held.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;
}
