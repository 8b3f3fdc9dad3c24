using System.Runtime.InteropServices;
using ItsService.Client;
using ItsService.Protocol.V1;
using ItsService.SaveLoad.Accounts;

namespace ItsService.SaveLoad.Saves;

/// <summary>A saved state, looked into.</summary>
internal sealed class SavedController
{
    private const int EnvelopeBytes = 24;

    public SavedController(SavedVm saved)
    {
        Bytes = saved.State;
        Summary = saved.Summary;
        State = SavedState.Parser.ParseFrom(saved.State.Span[EnvelopeBytes..]);
        PendingByVcpu =
        [
            .. State.Redistributors.Select(redistributor =>
                (IReadOnlyList<uint>)MemoryMarshal.Cast<byte, uint>(redistributor.PendingLpis.Span).ToArray()),
        ];
    }

    /// <summary>What Restore takes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    public StateSummary Summary { get; }

    public SavedState State { get; }

    /// <summary>The pending LPIs of each vCPU.</summary>
    public IReadOnlyList<IReadOnlyList<uint>> PendingByVcpu { get; }

    /// <summary>The pending LPIs of all vCPUs; one that is pending at two stands there twice.</summary>
    public IEnumerable<uint> Pending => PendingByVcpu.SelectMany(lpis => lpis);

    /// <summary>The vCPUs that are in the midst of an interrupt.</summary>
    public IEnumerable<int> ActiveVcpus =>
        Enumerable.Range(0, State.CpuInterfaces.Count)
            .Where(vcpu => State.CpuInterfaces[vcpu].ActivePriorities1.Any(word => word != 0));

    /// <summary>Where the queue of each ITS stands among its commands.</summary>
    public IReadOnlyList<QueuePlace> Places(IReadOnlyList<CommandLog> logs)
    {
        QueuePlace[] places = [.. logs.Select(log => log.PlaceOf(State.Its[log.Its]))];
        var inFlight = places.Sum(place => place.Placed - place.Executed);
        return inFlight == Summary.InFlightCommands
            ? places
            : throw new AccountException(
                $"the summary tells of {Summary.InFlightCommands} commands in flight, the pointers of {inFlight}");
    }
}
