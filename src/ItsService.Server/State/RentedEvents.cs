using System.Buffers;
using ItsService.Core.State;

namespace ItsService.Server.State;

/// <summary>
/// Memory for the events of a state that is saved: most of a large one. To touch thousands of new pages takes longer
/// than to write into them, and that would be inside the gate; so the memory is rented.
/// </summary>
internal sealed class RentedEvents : IDisposable
{
    private List<EventState[]>? _rented = [];

    /// <summary>Memory for so many, until all of it goes back.</summary>
    public Memory<EventState> Rent(int count)
    {
        ObjectDisposedException.ThrowIf(_rented is null, this);
        var events = ArrayPool<EventState>.Shared.Rent(count);
        _rented.Add(events);
        return events.AsMemory(0, count);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var events in Interlocked.Exchange(ref _rented, null) ?? [])
        {
            ArrayPool<EventState>.Shared.Return(events);
        }
    }
}
