using Grpc.Core;
using ItsService.Core.Tracing;
using ItsService.Server.Watching;

namespace ItsService.Server.Tracing;

/// <summary>
/// One who traces a VM. It holds the newest events that pass its filter and its client has not read; older ones are
/// dropped and counted. It is filled inside the VM's gate and emptied outside.
/// </summary>
/// <param name="filter">Which events.</param>
/// <param name="capacity">How many it holds.</param>
internal sealed class TraceWatch(TraceFilter filter, int capacity) : IDisposable
{
    // Some 50 KiB in a message, and the gate never waits for more than these to be copied.
    private const int EventsPerMessage = 512;

    private const int FirstLength = 64;

    private readonly Lock _lock = new();
    private readonly WatchBell _bell = new();

    // Grows as there are events. Full, it goes round: the oldest is at _first.
    private TimedEvent[] _kept = [];
    private int _first;
    private int _count;
    private ulong _dropped;
    private ulong _droppedTotal;
    private long _sequenceBefore;

    /// <summary>Begins behind the event of this number. Inside the gate.</summary>
    public void Begin(long sequence) => _sequenceBefore = sequence;

    /// <summary>Takes what has happened in one entry. Inside the gate.</summary>
    /// <param name="events">What the controller told.</param>
    /// <param name="lostCount">How many more there were than it could tell.</param>
    /// <param name="time">When, in ticks of UTC.</param>
    public void Take(ReadOnlySpan<TraceEvent> events, long lostCount, long time)
    {
        var isNews = lostCount > 0;
        lock (_lock)
        {
            foreach (ref readonly var traced in events)
            {
                if (filter.Passes(traced))
                {
                    Add(new TimedEvent(traced, time));
                    isNews = true;
                }
            }

            Drop((ulong)lostCount);
        }

        if (isNews)
        {
            _bell.Ring();
        }
    }

    /// <summary>Ends it; the first reason counts. May be called anywhere.</summary>
    public void End(RpcException reason) => _bell.End(reason);

    /// <summary>Tells that it has begun, and then what happens until it is ended, which is how this ends.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="stopping">Cancelled when the service stops.</param>
    /// <param name="call">Cancelled when the client has ended it.</param>
    public async Task TellAsync(
        IServerStreamWriter<V1.TraceResponse> writer, CancellationToken stopping, CancellationToken call)
    {
        var hasBegun = false;
        _bell.Ring();
        await _bell.HearAsync(
            async either =>
            {
                if (!hasBegun)
                {
                    hasBegun = true;
                    await writer.WriteAsync(new V1.TraceResponse(), either);
                }

                var events = new TimedEvent[EventsPerMessage];
                while (TakeNews(events) is { } news)
                {
                    await writer.WriteAsync(news, either);
                }
            },
            stopping,
            call);
    }

    public void Dispose() => _bell.Dispose();

    private V1.TraceResponse? TakeNews(TimedEvent[] events)
    {
        int count;
        var news = new V1.TraceResponse();
        lock (_lock)
        {
            count = Math.Min(_count, events.Length);
            if (count == 0 && _dropped == 0)
            {
                return null;
            }

            for (var index = 0; index < count; index++)
            {
                events[index] = _kept[_first];
                _first = Next(_first);
            }

            _count -= count;
            (news.DroppedCount, news.DroppedTotal, _dropped) = (_dropped, _droppedTotal, 0);
        }

        foreach (ref readonly var traced in events.AsSpan(0, count))
        {
            news.Events.Add(TraceMessage.Of(traced, _sequenceBefore));
        }

        return news;
    }

    private void Add(in TimedEvent traced)
    {
        if (_count == capacity)
        {
            _kept[_first] = traced;
            _first = Next(_first);
            Drop(1);
            return;
        }

        if (_count == _kept.Length)
        {
            Grow();
        }

        var place = _first + _count++;
        _kept[place < _kept.Length ? place : place - _kept.Length] = traced;
    }

    private void Grow()
    {
        var grown = new TimedEvent[Math.Min(capacity, Math.Max(FirstLength, 2 * _count))];
        for (var index = 0; index < _count; index++)
        {
            grown[index] = _kept[_first];
            _first = Next(_first);
        }

        (_kept, _first) = (grown, 0);
    }

    private void Drop(ulong count)
    {
        _dropped += count;
        _droppedTotal += count;
    }

    private int Next(int place) => place + 1 == _kept.Length ? 0 : place + 1;
}

/// <summary>An event with the time of its entry, in ticks of UTC.</summary>
internal readonly record struct TimedEvent(TraceEvent Event, long Time);
