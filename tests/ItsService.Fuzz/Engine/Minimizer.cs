namespace ItsService.Fuzz.Engine;

/// <summary>Makes an input smaller as long as it still does what it is kept for.</summary>
internal static class Minimizer
{
    /// <summary>The smallest found with so many tries.</summary>
    /// <param name="target">Knows smaller inputs.</param>
    /// <param name="input">The input.</param>
    /// <param name="triesMax">How many may be tried.</param>
    /// <param name="stillDoes">Whether an input does what this one is kept for.</param>
    public static byte[] Minimize(FuzzTarget target, byte[] input, int triesMax, Func<byte[], bool> stillDoes)
    {
        var tries = 0;
        var smallest = input;
        for (var goesOn = true; goesOn;)
        {
            goesOn = false;
            foreach (var smaller in target.Smaller(smallest))
            {
                if (smaller.Length > smallest.Length || smaller.AsSpan().SequenceEqual(smallest))
                {
                    continue;
                }

                if (++tries > triesMax)
                {
                    return smallest;
                }

                if (stillDoes(smaller))
                {
                    (smallest, goesOn) = (smaller, true);
                    break;
                }
            }
        }

        return smallest;
    }
}
