using ItsService.Core;
using ItsService.Core.State;

namespace ItsService.Server.State;

/// <summary>
/// A VM's state at one instant: plain records that nobody changes, taken inside the gate. The message is made of it
/// outside.
/// </summary>
/// <param name="State">The state.</param>
/// <param name="InFlightCount">How many commands are in flight in it.</param>
internal sealed record SavedMoment(GicState State, int InFlightCount)
{
    /// <summary>Takes it.</summary>
    public static SavedMoment Of(VirtualGic gic) => new(gic.Persistence.Save(), InFlightCommands.CountOf(gic));

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
