using ItsService.Core;
using ItsService.Core.State;
using ItsService.Server.Machines;
using ItsService.Server.Memory;

namespace ItsService.Server.State;

/// <summary>
/// A VM's state at one instant: plain records that nobody changes, taken inside the gate. The message is made of it
/// outside, before it is disposed.
/// </summary>
internal sealed class SavedMoment : IDisposable
{
    private readonly RentedEvents _events = new();

    private SavedMoment(VirtualGic gic)
    {
        State = gic.Persistence.Save(_events.Rent);
        InFlightCount = InFlightCommands.CountOf(gic);
    }

    /// <summary>The state.</summary>
    public GicState State { get; }

    /// <summary>How many commands are in flight in it.</summary>
    public int InFlightCount { get; }

    /// <summary>Whether the VM ran, or waited only for another save to drain its queues.</summary>
    public bool WasRunning { get; set; }

    /// <summary>The rest of the VM, where it was asked for.</summary>
    public SavedMachine? Machine { get; private set; }

    /// <summary>Takes the state alone.</summary>
    public static SavedMoment Of(VirtualGic gic) => new(gic);

    /// <summary>Takes the state, and the rest of the VM where there is room for it.</summary>
    public static SavedMoment Of(VmContent vm, string vmName, CopyRoom? room)
    {
        var moment = Of(vm.Gic);
        try
        {
            moment.Machine = room is null ? null : SavedMachine.Of(vm, vmName, room);
            return moment;
        }
        catch
        {
            moment.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _events.Dispose();
        Machine?.Memory.Dispose();
    }

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
