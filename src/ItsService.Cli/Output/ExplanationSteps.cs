using ItsService.Protocol.V1;

namespace ItsService.Cli.Output;

/// <summary>The steps of an explanation for a person, each with its values.</summary>
internal static class ExplanationSteps
{
    public static IEnumerable<Step> Of(ExplainResponse explanation)
    {
        Step?[] steps =
        [
            Vm(explanation.Vm), Its(explanation.Its), Device(explanation.Device), Event(explanation.Event),
            Collection(explanation.Collection), Redistributor(explanation.Redistributor),
            Configuration(explanation.Configuration), Interrupt(explanation.Interrupt),
            CpuInterface(explanation.CpuInterface),
        ];
        return steps.OfType<Step>();
    }

    private static Step Vm(VmStep step) =>
        new(step.Passes, "VM", [step.AwaitsInit ? "waits for INIT" : $"{step.State}"]);

    private static Step? Its(ItsStep? step) => step is null ? null : new Step(
        step.Passes,
        $"ITS {step.Its}",
        [
            $"{Enabled(step.Enabled)}; queue {(step.Stalled ? "stalled" : step.QueueValid ? "valid" : "not valid")}, "
            + $"read to 0x{step.ReadOffset:x}, written to 0x{step.WriteOffset:x}",
        ]);

    private static Step? Device(DeviceStep? step)
    {
        if (step is null)
        {
            return null;
        }

        var kind = step.TwoLevel ? "two-level" : "flat";
        var table = step.TableValid ? $"{kind} device table at 0x{step.TableAddress:x}" : "no device table";
        var level1 = step.HasLevel1Address
            ? $", level-1 entry at 0x{step.Level1Address:x}"
                + (step.HasLevel1Entry ? $" is 0x{step.Level1Entry:x}" : " cannot be read")
            : "";
        var entry = step.HasEntryAddress ? $", entry at 0x{step.EntryAddress:x}" : ", no place for it";
        return new Step(
            step.Passes,
            $"device 0x{step.DeviceId:x}",
            [
                step.Mapped
                    ? $"ITT at 0x{step.IttAddress:x}, {step.EventIdBits} EventID bits, {step.EventCount} events mapped"
                    : "not mapped",
                table + level1 + entry,
            ]);
    }

    private static Step? Event(EventStep? step) => step is null ? null : new Step(
        step.Passes,
        $"event {step.EventId}",
        [
            (step.Mapped ? $"LPI {step.IntId}, collection {step.CollectionId}"
                : step.InRange ? "not mapped"
                : "out of range")
            + (step.HasEntryAddress ? $"; entry at 0x{step.EntryAddress:x}" : ""),
        ]);

    private static Step? Collection(CollectionStep? step) => step is null ? null : new Step(
        step.Passes, $"collection {step.CollectionId}", [step.HasVcpu ? $"vCPU {step.Vcpu}" : "not mapped"]);

    private static Step? Redistributor(RedistributorStep? step) => step is null ? null : new Step(
        step.Passes,
        $"redistributor {step.Vcpu}",
        [
            $"LPIs {Enabled(step.LpisEnabled)}, {step.IntIdBits} INTID bits{(step.InRange ? "" : ", too few for it")}; "
            + $"{(step.Pending ? "pending" : "not pending")} ({step.PendingLpiCount} in all)",
            $"affinity 0x{step.Affinity:x}, GICR_PROPBASER 0x{step.ConfigurationTableAddress:x}, "
            + $"GICR_PENDBASER 0x{step.PendingTableAddress:x}",
        ]);

    private static Step? Configuration(ConfigurationStep? step) => step is null ? null : new Step(
        step.Passes,
        "configuration",
        [
            step.Known ? $"in force: {Setting(step.Enabled, step.Priority)}" : "in force: never read, so disabled",
            !step.HasMemoryAddress ? "in memory: no table covers it"
                : !step.MemoryReadable ? $"in memory: 0x{step.MemoryAddress:x} cannot be read"
                : $"in memory: {Setting(step.MemoryEnabled, step.MemoryPriority)} at 0x{step.MemoryAddress:x}"
                    + (step.Differs ? " <- differs" : ""),
        ]);

    private static Step? Interrupt(InterruptStep? step) => step is null ? null : new Step(
        step.Passes,
        $"INTID {step.IntId}",
        [
            $"{Setting(step.Enabled, step.Priority)}, group {step.Group}; "
            + $"{(step.Pending ? "pending" : "not pending")}, {(step.Active ? "active" : "not active")}",
            $"{(step.EdgeTriggered ? "edge" : "level")} triggered, line {(step.LevelHigh ? "high" : "low")}"
            + (step.HasRoute ? $", GICD_IROUTER 0x{step.Route:x}" : "")
            + (step.OneOfN ? " (any vCPU)" : "") + $", {(step.HasVcpu ? $"vCPU {step.Vcpu}" : "no vCPU")}",
        ]);

    private static Step? CpuInterface(CpuInterfaceStep? step) => step is null ? null : new Step(
        step.Passes,
        $"CPU interface {step.Vcpu}",
        [
            $"priority 0x{step.Priority:x2}, let through below 0x{step.Limit:x2}: ICC_PMR 0x{step.PriorityMask:x2}, "
            + $"running 0x{step.RunningPriority:x2}, ICC_BPR0 {step.BinaryPoint0}, ICC_BPR1 {step.BinaryPoint1}",
            $"group {step.Group}; enabled by GICD_CTLR: {Groups(step.DistributorGroup0, step.DistributorGroup1)}, "
            + $"by ICC_IGRPEN: {Groups(step.Group0, step.Group1)}",
            (step.HasHighestPendingIntId
                ? $"best pending INTID {step.HighestPendingIntId}, priority 0x{step.HighestPendingPriority:x2}"
                : "nothing pending that is enabled")
            + $"; IRQ {Level(step.Line.IrqAsserted)}, FIQ {Level(step.Line.FiqAsserted)}, "
            + $"generation {step.Line.Generation}",
        ]);

    private static string Groups(bool group0, bool group1) => (group0, group1) switch
    {
        (true, true) => "0 and 1",
        (true, false) => "0",
        (false, true) => "1",
        _ => "none",
    };

    private static string Setting(bool isEnabled, uint priority) => $"{Enabled(isEnabled)}, priority 0x{priority:x2}";

    private static string Enabled(bool isEnabled) => isEnabled ? "enabled" : "disabled";

    private static string Level(bool isAsserted) => isAsserted ? "raised" : "low";

    internal sealed record Step(bool Passes, string Name, string[] Lines);
}
