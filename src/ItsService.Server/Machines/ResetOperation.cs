using ItsService.Server.Tracing;

namespace ItsService.Server.Machines;

/// <summary>A cold reset of the controller. The run state stays.</summary>
internal readonly struct ResetOperation : IVmOperation<Done>
{
    public Done Run(VmContent vm)
    {
        vm.Traces.Note(VmMoment.Reset);
        vm.Gic.Reset();
        vm.Memory.Remote.Forget();
        vm.Sessions.TellReset();
        return default;
    }
}
