using ItsService.Core.Translation;
using ItsService.ReferenceModel;

namespace ItsService.Simulation.Running;

/// <summary>Core's outcome of a message by the reference's name.</summary>
internal static class Outcomes
{
    public static ReferenceMsiOutcome OfReference(MsiOutcome outcome) => outcome switch
    {
        MsiOutcome.Pended => ReferenceMsiOutcome.Pended,
        MsiOutcome.Coalesced => ReferenceMsiOutcome.Coalesced,
        MsiOutcome.DroppedItsDisabled => ReferenceMsiOutcome.DroppedItsDisabled,
        MsiOutcome.DroppedDeviceOutOfRange => ReferenceMsiOutcome.DroppedDeviceOutOfRange,
        MsiOutcome.DroppedLevel1Invalid => ReferenceMsiOutcome.DroppedLevel1Invalid,
        MsiOutcome.DroppedDeviceUnmapped => ReferenceMsiOutcome.DroppedDeviceUnmapped,
        MsiOutcome.DroppedEventOutOfRange => ReferenceMsiOutcome.DroppedEventOutOfRange,
        MsiOutcome.DroppedEventUnmapped => ReferenceMsiOutcome.DroppedEventUnmapped,
        MsiOutcome.DroppedCollectionUnmapped => ReferenceMsiOutcome.DroppedCollectionUnmapped,
        MsiOutcome.DroppedLpisDisabled => ReferenceMsiOutcome.DroppedLpisDisabled,
        MsiOutcome.DroppedIntIdOutOfRange => ReferenceMsiOutcome.DroppedIntIdOutOfRange,
        MsiOutcome.DroppedPendingLimit => ReferenceMsiOutcome.DroppedPendingLimit,
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "The reference has no such outcome."),
    };

    /// <summary>The contrary.</summary>
    public static MsiOutcome OfCore(ReferenceMsiOutcome outcome)
    {
        foreach (var candidate in Enum.GetValues<MsiOutcome>())
        {
            if (OfReference(candidate) == outcome)
            {
                return candidate;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(outcome));
    }
}
