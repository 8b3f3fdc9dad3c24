namespace ItsService.Simulation.Comparison;

/// <summary>In what two models can differ.</summary>
internal enum DifferenceKind
{
    /// <summary>What a step itself returned.</summary>
    Result,

    /// <summary>What Core reported of commands in error and dropped messages.</summary>
    Event,

    /// <summary>A vCPU's line.</summary>
    Line,

    /// <summary>The LPIs pending at a redistributor.</summary>
    Pending,

    /// <summary>The configuration of an LPI as last read.</summary>
    Configuration,

    /// <summary>The devices, events and collections of an ITS.</summary>
    Mapping,

    /// <summary>What a register of a frame reads.</summary>
    Register,

    /// <summary>What an ICC register reads.</summary>
    SystemRegister,

    /// <summary>Guest memory, or what was written there.</summary>
    Memory,

    /// <summary>What was counted.</summary>
    Counter,

    /// <summary>How many commands ran, or how often Core had to be called.</summary>
    Progress,

    /// <summary>One of the two threw.</summary>
    Exception,
}

/// <summary>A difference between the two models.</summary>
/// <param name="Kind">In what.</param>
/// <param name="What">In what exactly.</param>
/// <param name="Core">What Core has.</param>
/// <param name="Reference">What the reference has.</param>
internal sealed record Difference(DifferenceKind Kind, string What, string Core, string Reference);

/// <summary>Ends a step as soon as something differs.</summary>
internal sealed class DifferenceFoundException(Difference difference) : Exception(difference.What)
{
    /// <summary>What differs.</summary>
    public Difference Difference { get; } = difference;

    /// <summary>One of a difference.</summary>
    public static DifferenceFoundException Of<TValue>(
        DifferenceKind kind, string what, TValue core, TValue reference) =>
        new(new Difference(kind, what, Text(core), Text(reference)));

    private static string Text<TValue>(TValue value) => value switch
    {
        ulong number => $"0x{number:X}",
        uint number => $"0x{number:X}",
        IEnumerable<uint> numbers => string.Join(' ', numbers),
        _ => value?.ToString() ?? "nothing",
    };
}
