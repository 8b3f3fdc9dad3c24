using System.Runtime.CompilerServices;
using ItsService.Fuzz.Engine;

namespace ItsService.Fuzz.Targets;

/// <summary>
/// A target with a bug that no program lives through: its stack overflows over one byte. The input must be found in the
/// file that it was written to.
/// </summary>
internal sealed class DeepTarget : IFuzzTarget
{
    private const byte Bad = 0xD5;

    public static string Name => "deep";

    public static string Summary => "a bug that ends the process, and must leave its input";

    public static IEnumerable<byte[]> Seeds => [[1, 2, 3], [4, Bad, 6], [7]];

    public static long AllocatedBytesMax(byte[] input) => 1 << 16;

    public static byte[] Mutate(byte[] input, byte[] other, Prng random) =>
        ByteMutations.Mutate(input, other, lengthMax: 16, random);

    public static IEnumerable<byte[]> Smaller(byte[] input) => input.Length == 0 ? [] : [input[..^1]];

    public static void Run(byte[] input, Behaviours behaviours)
    {
        if (input.Contains(Bad))
        {
            behaviours.Note($"depth {Depth(0)}");
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Depth(int depth) => depth < 0 ? 0 : 1 + Depth(depth + 1) + Depth(depth + 2);
}
