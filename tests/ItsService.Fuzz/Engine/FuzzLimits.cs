namespace ItsService.Fuzz.Engine;

/// <summary>What one input may take.</summary>
/// <param name="Time">
/// An input that takes longer twice in a row is a finding, by the clock and in time of processors: so a busy machine is
/// told from a slow input.
/// </param>
/// <param name="Patience">One that has not ended after this ends the run, which is told with the input.</param>
internal sealed record FuzzLimits(TimeSpan Time, TimeSpan Patience)
{
    /// <summary>What holds unless a test wants otherwise.</summary>
    public static FuzzLimits Standard { get; } = new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(20));
}
