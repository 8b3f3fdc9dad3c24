using ItsService.Core;
using ItsService.Core.Memory;
using ItsService.Server.Machines;
using Microsoft.Extensions.Logging;

namespace ItsService.Server.Tests.Diagnostics;

/// <summary>What the log says of a guest that does wrong faster than anybody can read.</summary>
public class GuestMistakesLogTests
{
    [Fact]
    public void Row_of_equal_mistakes_has_one_line_and_the_next_line_tells_how_many_there_were()
    {
        var log = new Lines();
        var gic = NewGic();
        var mistakes = new GuestMistakes("vms/guest", log, TimeProvider.System);
        for (var number = 0; number < 100; number++)
        {
            gic.SignalMsi(0, new(1), new(0));
        }

        mistakes.Report(gic.Events);
        gic.SignalMsi(0, new(1), new(0));
        mistakes.Report(gic.Events);
        gic.SignalMsi(0, new(2), new(0));
        mistakes.Report(gic.Events);

        Assert.Equal(
            [
                "vms/guest: ITS 0: message of device 0x1, event 0, was dropped: DroppedItsDisabled",
                "vms/guest: 99 more lines about its guest were left out",
                "vms/guest: ITS 0: message of device 0x1, event 0, was dropped: DroppedItsDisabled",
                "vms/guest: ITS 0: message of device 0x2, event 0, was dropped: DroppedItsDisabled",
            ],
            log.Written);
    }

    [Fact]
    public void Ration_ends_and_everything_beyond_it_is_counted()
    {
        var log = new Lines();
        var gic = NewGic(eventsMax: 50);
        var mistakes = new GuestMistakes("vms/guest", log, new StandingTime());
        for (var number = 0u; number < 1000; number++)
        {
            gic.SignalMsi(0, new(1), new(number));
        }

        mistakes.Report(gic.Events);
        Assert.Equal(10, log.Written.Count);

        var later = new StandingTime { Now = TimeSpan.FromSeconds(1) };
        var next = new GuestMistakes("vms/guest", log, later);
        next.Report(gic.Events);
        Assert.Equal(20, log.Written.Count);
        later.Now += TimeSpan.FromSeconds(1);
        gic.SignalMsi(0, new(1), new(0));
        next.Report(gic.Events);

        Assert.Equal("vms/guest: 990 more lines about its guest were left out", log.Written[20]);
        Assert.Equal(22, log.Written.Count);
    }

    private static VirtualGic NewGic(int eventsMax = 128) => new(
        new VirtualGicConfiguration { Affinities = [new(0)], EventsMax = eventsMax }, new SparseGuestMemory([]));

    private sealed class Lines : ILogger
    {
        public List<string> Written { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            Written.Add(formatter(state, exception));
    }

    /// <summary>A clock that stands still until it is told.</summary>
    private sealed class StandingTime : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
