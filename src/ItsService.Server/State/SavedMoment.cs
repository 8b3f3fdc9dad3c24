using ItsService.Core.State;
using ItsService.Server.Machines;

namespace ItsService.Server.State;

/// <summary>
/// A VM's state at one instant: plain records that nobody changes, taken inside the gate. The message is made of it
/// outside.
/// </summary>
/// <param name="State">The state.</param>
/// <param name="InFlightCount">How many commands are in flight in it.</param>
/// <param name="Machine">The rest of the VM, where it was asked for.</param>
internal sealed record SavedMoment(GicState State, int InFlightCount, SavedMachine? Machine)
{
    /// <summary>Takes it. The machine comes last: its memory is a copy that somebody must give back.</summary>
    public static SavedMoment Of(VmContent vm, SaveOrder order) => new(
        vm.Gic.Persistence.Save(),
        InFlightCommands.CountOf(vm.Gic),
        order.TakesMachine ? SavedMachine.Of(vm, order.VmName) : null);

    /// <summary>What the state holds, in numbers.</summary>
    public V1.StateSummary Summarize() => Summarize(State, InFlightCount);

    /// <summary>What a state holds, in numbers.</summary>
    public static V1.StateSummary Summarize(GicState state, int inFlightCount) => new()
    {
        InFlightCommands = (uint)inFlightCount,
        MappedEvents = (ulong)state.Services.Sum(its => its.Devices.Sum(device => (long)device.Events.Length)),
        PendingLpis = (ulong)state.Redistributors.Sum(redistributor => (long)redistributor.PendingLpis.Length),
    };
}
