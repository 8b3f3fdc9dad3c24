namespace ItsService.Server.Inspection.Explanation;

/// <summary>What holds up everything in a VM that does not run.</summary>
internal static class VmObstacle
{
    /// <summary>It, with a sentence; null in a VM that runs.</summary>
    public static (V1.NonDelivery Reason, string Message)? Of(ExplainedInterrupt found) => found switch
    {
        { State: V1.VmState.Faulted } => (
            V1.NonDelivery.VmFaulted,
            "an error of the service stopped the VM; it can be inspected and deleted, and restored elsewhere"),
        { AwaitsInit: true } => (
            V1.NonDelivery.VmAwaitsInit,
            "the VM waits for INIT: set the controller's attribute INIT (group 4, attr 0), then resume it"),
        { Runs: false } => (
            V1.NonDelivery.VmPaused,
            "the VM is Paused, so that guests, devices and commands wait; resume it"),
        _ => null,
    };
}
