using ItsService.Server.Errors;

namespace ItsService.Server.Machines;

/// <summary>
/// What is refused of a VM that was made to wait for INIT (VmSpec.awaits_init), as KVM refuses it of an interrupt
/// controller that userspace has not finished: running it and what is state of it, but for its ITSs.
/// </summary>
internal static class InitAwaited
{
    /// <summary>That INIT has not come; null when it has, or was never waited for.</summary>
    /// <param name="vm">The VM.</param>
    /// <param name="errno">KVM's error number.</param>
    public static Problem? Problem(VmContent vm, uint errno = Errno.Busy) => !vm.Spec.AwaitsInit
        ? null
        : new Problem(V1.ErrorReason.AwaitsInit, "spec.awaits_init", "the VM waits for INIT")
        {
            Accepted = "any VM, once the controller's attribute INIT (group 4, attr 0) was set",
            Errno = errno,
        };

    /// <summary>Refuses a call for which the VM must be complete.</summary>
    public static void RefuseWhile(string vmName, VmContent vm)
    {
        if (Problem(vm) is { } problem)
        {
            throw Refusal.Of(vmName, problem);
        }
    }
}
