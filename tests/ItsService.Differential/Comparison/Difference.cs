using ItsService.Differential.Steps;

namespace ItsService.Differential.Comparison;

/// <summary>A mismatch that no row of the table explains.</summary>
/// <param name="StepNumber">Of the step after which it was seen; -1 for the reset state.</param>
/// <param name="Step">That step, or null at the sequence's end.</param>
/// <param name="Mismatch">The value.</param>
internal sealed record Difference(int StepNumber, Step? Step, Mismatch Mismatch);

/// <summary>Ends a sequence at the first difference.</summary>
internal sealed class DifferenceException(Difference difference)
    : Exception($"{difference.Mismatch.Where}: {difference.Mismatch.OfService} / {difference.Mismatch.OfQemu}")
{
    public Difference Difference { get; } = difference;
}
