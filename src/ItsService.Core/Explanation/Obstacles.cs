using ItsService.Core.Memory;
using ItsService.Core.Translation;

namespace ItsService.Core.Explanation;

/// <summary>
/// What holds an interrupt up first. While it is pending it is past its translation, whatever has become of that since:
/// the way is looked at from there on. While it is not, it is the way of a message that would come now.
/// </summary>
internal static class Obstacles
{
    public static NonDelivery First(InterruptExplanation explanation) =>
        explanation.History == PendingHistory.Pending ? WhilePending(explanation)
        : explanation.Direct is null && BeforePending(explanation) is { } obstacle ? obstacle
        : explanation.History switch
        {
            PendingHistory.Never => NonDelivery.NeverSent,
            PendingHistory.Acknowledged => NonDelivery.Acknowledged,
            PendingHistory.TakenAway => NonDelivery.TakenAway,
            _ => NonDelivery.NotPending,
        };

    private static NonDelivery? BeforePending(InterruptExplanation explanation) =>
        explanation.Its is not { } its ? NonDelivery.IntIdUnmapped
        : !its.Passes ? NonDelivery.ItsDisabled
        : explanation.Device is { Passes: false } device ? WithoutDevice(device)
        : explanation.Event is { Passes: false } mapped ? WithoutEvent(mapped)
        : explanation.Collection is not { Passes: true } ? NonDelivery.CollectionUnmapped
        : explanation.Redistributor is { Passes: false } redistributor ? NotTaken(redistributor)
        : null;

    private static NonDelivery WithoutDevice(DeviceStep device) =>
        MsiTranslator.OutcomeWithoutDevice(new(device.Place)) switch
        {
            MsiOutcome.DroppedDeviceOutOfRange => NonDelivery.DeviceOutOfRange,
            MsiOutcome.DroppedLevel1Invalid => NonDelivery.Level1Invalid,
            _ => NonDelivery.DeviceUnmapped,
        };

    private static NonDelivery WithoutEvent(EventStep mapped) =>
        mapped.IsInRange ? NonDelivery.EventUnmapped : NonDelivery.EventOutOfRange;

    private static NonDelivery NotTaken(RedistributorStep redistributor) =>
        !redistributor.Summary.AreLpisEnabled ? NonDelivery.LpisDisabled
        : !redistributor.IsInRange ? NonDelivery.IntIdOutOfRange
        : NonDelivery.PendingLimit;

    private static NonDelivery WhilePending(InterruptExplanation explanation) =>
        explanation.Configuration is { Passes: false } configuration ? WithoutEnable(configuration)
        : explanation.Direct is { Passes: false } direct ? WithoutForwarding(direct)
        : InCpuInterface(explanation.CpuInterface!.Value);

    private static NonDelivery WithoutEnable(ConfigurationStep configuration) =>
        configuration.IsEnabledInMemory ? NonDelivery.InvalidateMissing
        : !configuration.InForce.IsConfigurationKnown && configuration.MemoryStatus != MemoryStatus.Ok
            ? NonDelivery.ConfigurationUnreadable
        : NonDelivery.Disabled;

    private static NonDelivery WithoutForwarding(DirectStep direct) =>
        !direct.IsEnabled ? NonDelivery.Disabled
        : direct.IsActive ? NonDelivery.Acknowledged
        : NonDelivery.NoTarget;

    private static NonDelivery InCpuInterface(CpuInterfaceStep step) =>
        !step.IsForwarded ? NonDelivery.GroupDisabledInDistributor
        : !step.IsGroupEnabled ? NonDelivery.GroupDisabledInCpuInterface
        : step.Priority >= step.PriorityMask ? NonDelivery.MaskedByPriorityMask
        : step.Priority >= step.Limit ? NonDelivery.MaskedByRunningPriority
        : step.IsOutranked ? NonDelivery.Outranked
        : NonDelivery.LineRaised;
}
