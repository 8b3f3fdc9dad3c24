using ItsService.Core.Explanation;
using ItsService.Core.Memory;

namespace ItsService.Server.Inspection.Explanation;

/// <summary>Why an interrupt that is pending was not taken, in one sentence for a person.</summary>
internal static class PendingSentence
{
    private const uint PrivateCount = 32;

    /// <summary>The sentence.</summary>
    public static string Of(InterruptExplanation path, ExplainedSubject subject) => path.Reason switch
    {
        NonDelivery.InvalidateMissing => InvalidateMissing(path, subject),
        NonDelivery.Disabled => path.Configuration is { } configuration
            ? Disabled(path, subject, configuration)
            : $"{Pending(path)} and disabled; the guest must set its bit in {EnableRegister(path)}",
        NonDelivery.ConfigurationUnreadable =>
            $"{Pending(path)} and counts as disabled, since its configuration was never read: "
            + Unreadable(path.Configuration!.Value)
            + "; the guest must have GICR_PROPBASER point to a table in RAM, and then issue INV",
        NonDelivery.NoTarget => path.Direct!.Value.IsOneOfN
            ? $"{Pending(path)} and may go to any vCPU, but none takes part: GICR_WAKER.ProcessorSleep or a bit DPG of "
                + "GICR_CTLR is set on each; the guest must clear one"
            : $"{Pending(path)}, but GICD_IROUTER (0x{path.Direct.Value.Route:X}) names no vCPU; the guest must write "
                + "the affinity of one",
        NonDelivery.GroupDisabledInDistributor =>
            $"{Pending(path)}, but GICD_CTLR.EnableGrp{Group(path)} is 0; the guest must set it",
        NonDelivery.GroupDisabledInCpuInterface =>
            $"{Pending(path)}, but ICC_IGRPEN{Group(path)}_EL1 of vCPU {Vcpu(path)} is 0; the guest must set it",
        NonDelivery.MaskedByPriorityMask =>
            $"{Pending(path)}, but its priority 0x{Cpu(path).Priority:X2} is not below ICC_PMR_EL1, which is "
            + $"0x{Cpu(path).PriorityMask:X2} at vCPU {Vcpu(path)}; the guest must write a greater value there, or "
            + $"give the interrupt a smaller one{PriorityInMemory(path)}",
        NonDelivery.MaskedByRunningPriority =>
            $"{Pending(path)} with priority 0x{Cpu(path).Priority:X2}, but vCPU {Vcpu(path)} handles an interrupt of "
            + $"priority 0x{Cpu(path).RunningPriority:X2} (ICC_RPR_EL1); its handler must end that one by "
            + $"ICC_EOIR1_EL1 or ICC_EOIR0_EL1 first{PriorityInMemory(path)}",
        NonDelivery.Outranked =>
            $"{Pending(path)} with priority 0x{Cpu(path).Priority:X2}, but INTID "
            + $"{Cpu(path).HighestPending!.Value.Value} with priority 0x{Cpu(path).HighestPendingPriority:X2} comes "
            + $"first at vCPU {Vcpu(path)}; the vCPU must take that one{LineNow(path)}",
        NonDelivery.LineRaised =>
            $"{Pending(path)} and the {(Cpu(path).IsGroup1 ? "IRQ" : "FIQ")} line of vCPU {Vcpu(path)} is raised for "
            + $"it (generation {Cpu(path).Line.Generation}), but the vCPU has not acknowledged it: it masks the "
            + "exception (PSTATE), or the VMM does not run it or has not raised its line",
        _ => throw new ArgumentOutOfRangeException(nameof(path), path.Reason, "no sentence for this reason"),
    };

    private static string InvalidateMissing(InterruptExplanation path, ExplainedSubject subject)
    {
        var configuration = path.Configuration!.Value;
        var command = $"INV for {NonDeliverySentence.Source(path, subject)}, or INVALL for its collection";
        return configuration.InForce.IsConfigurationKnown
            ? $"{Pending(path)}, but disabled in the configuration that the controller goes by; the guest has changed "
                + $"the byte at 0x{configuration.Address.Value:X} to enabled but not issued {command}: it must"
                + NonDeliverySentence.Queue(path)
            : $"{Pending(path)}, but disabled, since its configuration was never read; the byte at "
                + $"0x{configuration.Address.Value:X} says enabled: the guest must issue {command}"
                + NonDeliverySentence.Queue(path);
    }

    private static string Disabled(
        InterruptExplanation path, ExplainedSubject subject, ConfigurationStep configuration) =>
        configuration.MemoryStatus == MemoryStatus.Ok
            ? $"{Pending(path)} and disabled: bit 0 of its configuration byte at 0x{configuration.Address.Value:X} is "
                + $"0; the guest must set it, and issue INV for {NonDeliverySentence.Source(path, subject)}"
            : $"{Pending(path)} and disabled as its configuration was read last; now {Unreadable(configuration)}";

    private static string Unreadable(ConfigurationStep configuration) => !configuration.HasPlace
        ? "no GICR_PROPBASER covers it"
        : $"the byte at 0x{configuration.Address.Value:X} cannot be read";

    private static string PriorityInMemory(InterruptExplanation path) =>
        path.Configuration is { Differs: true } configuration
        && configuration.PriorityInMemory != configuration.InForce.Priority
            ? $". Its byte in memory has priority 0x{configuration.PriorityInMemory:X2}, for which INV is missing"
            : "";

    // The one that comes first may be masked itself.
    private static string LineNow(InterruptExplanation path) => Cpu(path).Line.IsAsserted
        ? ", for which its line is raised"
        : "; its line is not raised, since the mask or what runs bars that one as well";

    private static string EnableRegister(InterruptExplanation path)
    {
        var intId = path.IntId!.Value.Value;
        return intId < PrivateCount ? "GICR_ISENABLER0" : $"GICD_ISENABLER{intId / PrivateCount}";
    }

    private static string Pending(InterruptExplanation path) => path.Redistributor is { } redistributor
        ? $"{NonDeliverySentence.Interrupt(path)} is pending at vCPU {redistributor.Vcpu.Value}{NotAtTarget(path)}"
        : $"{NonDeliverySentence.Interrupt(path)} is pending";

    private static string NotAtTarget(InterruptExplanation path) =>
        path.Collection is { Target: { } target } && target != path.Redistributor!.Value.Vcpu
            ? $" (its collection targets vCPU {target.Value} by now: MOVALL brings it there, once LPIs are "
                + "enabled there)"
            : "";

    private static CpuInterfaceStep Cpu(InterruptExplanation path) => path.CpuInterface!.Value;

    private static int Group(InterruptExplanation path) => Cpu(path).IsGroup1 ? 1 : 0;

    private static int Vcpu(InterruptExplanation path) => Cpu(path).Vcpu.Value;
}
