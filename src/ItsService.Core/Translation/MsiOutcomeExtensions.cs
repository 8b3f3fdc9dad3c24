namespace ItsService.Core.Translation;

/// <summary>What outcomes of messages have in common.</summary>
public static class MsiOutcomeExtensions
{
    /// <summary>Whether a redistributor was found, and dropped the message.</summary>
    public static bool IsRedistributors(this MsiOutcome outcome) => outcome
        is MsiOutcome.DroppedLpisDisabled or MsiOutcome.DroppedIntIdOutOfRange or MsiOutcome.DroppedPendingLimit;
}
