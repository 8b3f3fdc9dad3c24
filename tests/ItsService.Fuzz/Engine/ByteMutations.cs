using System.Buffers.Binary;

namespace ItsService.Fuzz.Engine;

/// <summary>Changes that know nothing of what the bytes mean.</summary>
internal static class ByteMutations
{
    private const int SpliceMax = 512;

    /// <summary>The input with one thing changed.</summary>
    /// <param name="input">What it was.</param>
    /// <param name="other">Another input, of which pieces may be taken.</param>
    /// <param name="lengthMax">The result is no longer.</param>
    /// <param name="random">Decides.</param>
    public static byte[] Mutate(byte[] input, byte[] other, int lengthMax, Prng random)
    {
        if (input.Length == 0)
        {
            return [(byte)random.Next()];
        }

        byte[] result = random.Below(9) switch
        {
            0 => WithByte(input, random.Below(input.Length), value => (byte)(value ^ (1 << random.Below(8)))),
            1 => WithByte(input, random.Below(input.Length), _ => random.Pick<byte>(0, 1, 0x7F, 0x80, 0xFF)),
            2 => WithByte(input, random.Below(input.Length), _ => (byte)random.Next()),
            3 => WithNumber(input, random),
            4 => input[..random.Below(input.Length + 1)],
            5 => Without(input, random),
            6 => WithPieceOf(input, input, random),
            7 => WithPieceOf(input, [(byte)random.Next()], random),
            _ => WithPieceOf(input, other, random),
        };
        return result.Length > lengthMax ? result[..lengthMax] : result;
    }

    private static byte[] WithByte(byte[] input, int index, Func<byte, byte> change)
    {
        var copy = (byte[])input.Clone();
        copy[index] = change(copy[index]);
        return copy;
    }

    private static byte[] WithNumber(byte[] input, Prng random)
    {
        var copy = (byte[])input.Clone();
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(number, InterestingNumbers.Any(random));
        var at = random.Below(copy.Length);
        number[..Math.Min(random.Pick(2, 4, 8), copy.Length - at)].CopyTo(copy.AsSpan(at));
        return copy;
    }

    private static byte[] Without(byte[] input, Prng random)
    {
        var from = random.Below(input.Length);
        var count = Math.Min(1 + random.Below(SpliceMax), input.Length - from);
        return [.. input.AsSpan(0, from), .. input.AsSpan(from + count)];
    }

    private static byte[] WithPieceOf(byte[] input, byte[] other, Prng random)
    {
        if (other.Length == 0)
        {
            return input;
        }

        var from = random.Below(other.Length);
        var piece = other.AsSpan(from, Math.Min(1 + random.Below(SpliceMax), other.Length - from));
        var at = random.Below(input.Length + 1);
        var over = random.Percent(50) ? Math.Min(piece.Length, input.Length - at) : 0;
        return [.. input.AsSpan(0, at), .. piece, .. input.AsSpan(at + over)];
    }
}
