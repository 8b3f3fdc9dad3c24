namespace ItsService.Server.Tracing;

/// <summary>
/// What was done to a VM, as <see cref="Core.Tracing.TraceEvent.HostMark"/> has it: the wire's numbers.
/// </summary>
internal enum VmMoment
{
    Paused = V1.TracedVmMoment.Paused,
    Resumed = V1.TracedVmMoment.Resumed,
    Reset = V1.TracedVmMoment.Reset,
    Restored = V1.TracedVmMoment.Restored,
    Faulted = V1.TracedVmMoment.Faulted,
}
