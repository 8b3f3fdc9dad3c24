using ItsService.Core.Translation;
using ItsService.Server.Machines;

namespace ItsService.Server.Msis;

/// <summary>What became of a message, on the wire and as KVM_SIGNAL_MSI returns it.</summary>
internal static class MsiAnswer
{
    private const int KvmDelivered = 1;
    private const int KvmNotMapped = 0;
    private const int KvmBusy = -16;
    private const int KvmNoMemory = -12;

    /// <summary>The answer; null for null.</summary>
    public static V1.SignalMsiResult? ToWire(MsiResult? result) => result is { } present ? ToWire(present) : null;

    /// <summary>The answer.</summary>
    public static V1.SignalMsiResult ToWire(MsiResult result)
    {
        AccessEnd.MustBeDone(result.Status);
        var answer = new V1.SignalMsiResult
        {
            Outcome = OutcomeOf(result.Outcome),
            KvmReturn = KvmReturnOf(result.Outcome),
        };
        if (result.Lpi.Value != 0)
        {
            answer.IntId = result.Lpi.Value;
        }

        if (result.HasTarget)
        {
            answer.Vcpu = (uint)result.Target.Value;
        }

        return answer;
    }

    /// <summary>The outcome on the wire.</summary>
    public static V1.MsiOutcome OutcomeOf(MsiOutcome outcome) => outcome switch
    {
        MsiOutcome.Pended => V1.MsiOutcome.Pended,
        MsiOutcome.Coalesced => V1.MsiOutcome.Coalesced,
        MsiOutcome.DroppedItsDisabled => V1.MsiOutcome.DroppedItsDisabled,
        MsiOutcome.DroppedDeviceOutOfRange => V1.MsiOutcome.DroppedDeviceOutOfRange,
        MsiOutcome.DroppedLevel1Invalid => V1.MsiOutcome.DroppedLevel1Invalid,
        MsiOutcome.DroppedDeviceUnmapped => V1.MsiOutcome.DroppedDeviceUnmapped,
        MsiOutcome.DroppedEventOutOfRange => V1.MsiOutcome.DroppedEventOutOfRange,
        MsiOutcome.DroppedEventUnmapped => V1.MsiOutcome.DroppedEventUnmapped,
        MsiOutcome.DroppedCollectionUnmapped => V1.MsiOutcome.DroppedCollectionUnmapped,
        MsiOutcome.DroppedLpisDisabled => V1.MsiOutcome.DroppedLpisDisabled,
        MsiOutcome.DroppedIntIdOutOfRange => V1.MsiOutcome.DroppedIntidOutOfRange,
        MsiOutcome.DroppedPendingLimit => V1.MsiOutcome.DroppedPendingLimit,
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "no answer for this outcome"),
    };

    private static int KvmReturnOf(MsiOutcome outcome) => outcome switch
    {
        MsiOutcome.Pended or MsiOutcome.Coalesced => KvmDelivered,
        MsiOutcome.DroppedItsDisabled or MsiOutcome.DroppedLpisDisabled => KvmBusy,
        MsiOutcome.DroppedPendingLimit => KvmNoMemory,
        _ => KvmNotMapped,
    };
}
