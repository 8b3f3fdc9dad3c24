namespace ItsService.Fuzz.Engine;

/// <summary>
/// Something that takes bytes which may be anything. What a target promises of every input it checks itself, and throws
/// <see cref="BrokenPromiseException"/>; any other exception that comes out of it is a finding as well.
/// </summary>
internal interface IFuzzTarget
{
    /// <summary>Its name on the command line and of its folder in the corpus.</summary>
    static abstract string Name { get; }

    /// <summary>What it is of, for people.</summary>
    static abstract string Summary { get; }

    /// <summary>Good inputs to begin with.</summary>
    static abstract IEnumerable<byte[]> Seeds { get; }

    /// <summary>
    /// The bytes that the thread may allocate for an input, garbage included. Each target tells why it is as much.
    /// </summary>
    static abstract long AllocatedBytesMax(byte[] input);

    /// <summary>The input with one thing changed, by somebody who knows what the bytes mean.</summary>
    static abstract byte[] Mutate(byte[] input, byte[] other, Prng random);

    /// <summary>Smaller inputs that may do the same, the smallest first.</summary>
    static abstract IEnumerable<byte[]> Smaller(byte[] input);

    /// <summary>Tries an input, and notes what it did. The same input does the same each time.</summary>
    static abstract void Run(byte[] input, Behaviours behaviours);
}
