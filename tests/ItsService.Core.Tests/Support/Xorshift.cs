namespace ItsService.Core.Tests.Support;

/// <summary>Xorshift64*: the same numbers for the same seed, everywhere.</summary>
internal sealed class Xorshift(ulong seed)
{
    private ulong _state = seed == 0 ? 0x9E37_79B9_7F4A_7C15 : seed;

    public ulong Next()
    {
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return _state * 0x2545_F491_4F6C_DD1D;
    }

    /// <summary>A number below <paramref name="limit"/>.</summary>
    public uint Below(uint limit) => (uint)((Next() >> 32) % limit);

    public bool OneIn(uint count) => Below(count) == 0;

    public T Pick<T>(params ReadOnlySpan<T> choices) => choices[(int)Below((uint)choices.Length)];
}
