using ItsService.Differential.Generation;

namespace ItsService.Differential;

/// <summary>A sequence could not be run to its end: QEMU has gone, or the service refused an access.</summary>
internal sealed class SequenceFaultException(SequencePlan plan, Exception fault)
    : Exception(
        $"sequence {plan.Number} of seed {plan.Seed} broke off: {fault.Message}\n"
        + $"again: eng/differential.sh --seed {plan.Seed} --sequence {plan.Number}",
        fault);
