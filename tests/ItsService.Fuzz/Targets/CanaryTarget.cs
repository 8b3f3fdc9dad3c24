using ItsService.Fuzz.Engine;

namespace ItsService.Fuzz.Targets;

/// <summary>
/// A target with a bug: it falls over a word. Each further letter of it is a behaviour, so that a fuzzer which keeps
/// what is new comes to the word, and one that does not never will.
/// </summary>
internal sealed class CanaryTarget : IFuzzTarget
{
    private const int LengthMax = 16;

    private static ReadOnlySpan<byte> Word => "canary"u8;

    public static string Name => "canary";

    public static string Summary => "a bug to be found, or the fuzzer does not work";

    public static IEnumerable<byte[]> Seeds => [[]];

    public static long AllocatedBytesMax(byte[] input) => 1 << 16;

    public static byte[] Mutate(byte[] input, byte[] other, Prng random) =>
        ByteMutations.Mutate(input, other, LengthMax, random);

    public static IEnumerable<byte[]> Smaller(byte[] input) => input.Length == 0 ? [] : [input[..^1]];

    public static void Run(byte[] input, Behaviours behaviours)
    {
        var right = input.AsSpan().CommonPrefixLength(Word);
        behaviours.Note($"letters {new string('x', right)}");
        if (right == Word.Length)
        {
            throw new InvalidOperationException("The canary is dead.");
        }
    }
}
