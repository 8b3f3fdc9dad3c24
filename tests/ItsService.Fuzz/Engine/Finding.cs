namespace ItsService.Fuzz.Engine;

/// <summary>What sort of finding it is.</summary>
internal enum FindingKind
{
    /// <summary>An exception that is no promise of the target.</summary>
    Crash,

    /// <summary>Something that the target promises is not so.</summary>
    BrokenPromise,

    /// <summary>The input took too long, twice.</summary>
    Hang,

    /// <summary>The input allocated too much.</summary>
    Memory,
}

/// <summary>An input that a target must not take so.</summary>
/// <param name="Target">The target's name.</param>
/// <param name="Kind">What sort.</param>
/// <param name="Message">What happened.</param>
/// <param name="Input">The input.</param>
internal sealed record Finding(string Target, FindingKind Kind, string Message, byte[] Input)
{
    /// <summary>Two findings with the same are taken for the same bug.</summary>
    public string Identity => $"{Kind}: {Behaviours.Normalized(Message.Split('\n')[0])}";

    /// <summary>The input as hex, as <c>--replay</c> takes it.</summary>
    public string Hex => Convert.ToHexString(Input);
}
