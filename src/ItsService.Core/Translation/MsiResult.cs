using ItsService.Core.Identifiers;

namespace ItsService.Core.Translation;

/// <summary>The answer to a message.</summary>
/// <param name="Status">Ok or Paused.</param>
/// <param name="Outcome">What became of it, when Ok.</param>
/// <param name="Lpi">The LPI that the event maps to; 0 when the message was dropped before one was known.</param>
/// <param name="Target">The vCPU whose redistributor it was for; see <see cref="HasTarget"/>.</param>
public readonly record struct MsiResult(
    AccessStatus Status, MsiOutcome Outcome, IntId Lpi = default, VcpuIndex Target = default)
{
    /// <summary>Whether <see cref="Target"/> is known.</summary>
    public bool HasTarget => IsPending || Outcome.IsRedistributors();

    /// <summary>Whether the LPI is pending now.</summary>
    public bool IsPending => Status == AccessStatus.Ok && Outcome is MsiOutcome.Pended or MsiOutcome.Coalesced;
}
