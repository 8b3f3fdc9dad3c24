using Grpc.Core;
using ItsService.Core;
using ItsService.Core.Explanation;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Memory.Remote;

namespace ItsService.Server.Inspection.Explanation;

/// <summary>What was found at one instant. The messages are made from it outside the gate.</summary>
internal sealed record ExplainedInterrupt(InterruptExplanation Path, V1.VmState State, bool AwaitsInit)
{
    /// <summary>Whether guests, devices and commands have their way.</summary>
    public bool Runs => State == V1.VmState.Running;
}

/// <summary>Explains, which changes nothing.</summary>
internal readonly struct ExplainOperation(string vmName, ExplainedSubject subject) : IVmOperation<ExplainedInterrupt>
{
    public ExplainedInterrupt Run(VmContent vm)
    {
        var path = subject.IntId is { } intId
            ? vm.Gic.Inspection.Explain(intId, subject.Vcpu) ?? throw NoSuchIntId(vm, intId.Value)
            : vm.Gic.Inspection.Explain(subject.Its, subject.Device, subject.Event);

        // Nobody brings memory for a faulted VM: what can be known without it is told.
        if (path.Missing is { } missing && !vm.IsFaulted)
        {
            throw new MissingMemoryException(missing);
        }

        return new ExplainedInterrupt(path, StateOf(vm), vm.Spec.AwaitsInit);
    }

    // While a save lets the queues end, guests and devices wait as in a Paused VM.
    private static V1.VmState StateOf(VmContent vm) => vm.IsFaulted ? V1.VmState.Faulted
        : vm.Gic.State == RunState.Paused || vm.Hold is not null ? V1.VmState.Paused
        : V1.VmState.Running;

    private RpcException NoSuchIntId(VmContent vm, uint intId)
    {
        const int LastSpi = 1019;
        var profile = vm.Gic.Profile;
        var lastDirect = Math.Min(profile.IntIdLines - 1, LastSpi);
        return Refusal.Of(vmName, new Problem(
            V1.ErrorReason.OutOfRange, "int_id.int_id", $"the VM has no INTID {intId}")
        {
            Accepted = $"0..{lastDirect}, and LPIs 8192..{(1L << profile.IntIdBits) - 1}",
        });
    }
}
