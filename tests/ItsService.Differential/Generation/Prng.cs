using System.Numerics;

namespace ItsService.Differential.Generation;

/// <summary>
/// Random numbers that are the same everywhere and always for one seed: xoshiro256**, filled by SplitMix64.
/// </summary>
internal sealed class Prng
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    /// <param name="seed">Of the run.</param>
    /// <param name="stream">Which of the run's independent streams of numbers.</param>
    public Prng(ulong seed, ulong stream)
    {
        var state = unchecked(seed + (Mix(stream + 1) * 0x9E37_79B9_7F4A_7C15UL));
        _s0 = NextOfSplitMix(ref state);
        _s1 = NextOfSplitMix(ref state);
        _s2 = NextOfSplitMix(ref state);
        _s3 = NextOfSplitMix(ref state);
    }

    /// <summary>64 random bits.</summary>
    public ulong NextBits()
    {
        unchecked
        {
            var result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
            var shifted = _s1 << 17;
            _s2 ^= _s0;
            _s3 ^= _s1;
            _s1 ^= _s2;
            _s0 ^= _s3;
            _s2 ^= shifted;
            _s3 = BitOperations.RotateLeft(_s3, 45);
            return result;
        }
    }

    /// <summary>0 to <paramref name="bound"/> - 1.</summary>
    public int Next(int bound) => (int)(uint)((UInt128)NextBits() * (uint)bound >> 64);

    /// <summary><paramref name="low"/> to <paramref name="high"/>, both included.</summary>
    public int Between(int low, int high) => low + Next(high - low + 1);

    /// <summary>True so many times of a hundred.</summary>
    public bool Chance(int percent) => Next(100) < percent;

    /// <summary>One of them.</summary>
    public T Pick<T>(params IReadOnlyList<T> choices) => choices[Next(choices.Count)];

    /// <summary>One of them, each as often as its weight says.</summary>
    public T PickWeighted<T>(IReadOnlyList<(int Weight, T Choice)> choices)
    {
        var at = Next(choices.Sum(choice => choice.Weight));
        foreach (var (weight, choice) in choices)
        {
            if (at < weight)
            {
                return choice;
            }

            at -= weight;
        }

        throw new ArgumentException("No choice has a weight.", nameof(choices));
    }

    private static ulong NextOfSplitMix(ref ulong state)
    {
        state = unchecked(state + 0x9E37_79B9_7F4A_7C15UL);
        return Mix(state);
    }

    private static ulong Mix(ulong value)
    {
        unchecked
        {
            value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9UL;
            value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EBUL;
            return value ^ (value >> 31);
        }
    }
}
