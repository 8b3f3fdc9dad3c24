using ItsService.Server.Checkpoints;
using Microsoft.Extensions.Logging;

namespace ItsService.Server.Tests.State.Checkpoints;

/// <summary>What clients can have logged, as often as they ask.</summary>
public class CheckpointTroublesTests
{
    [Fact]
    public void Log_cannot_be_filled_and_says_what_it_leaves_out()
    {
        var lines = new Lines();
        var time = new ManualTime();
        var troubles = new CheckpointTroubles(lines, time);

        for (var call = 0; call < 1000; call++)
        {
            troubles.Damaged(new CheckpointName("vms/guest", 1), "cut");
            troubles.Unusable("full");
        }

        Assert.Equal(10, lines.Count);
        time.Advance(TimeSpan.FromSeconds(1));
        troubles.Unusable("gone");
        Assert.Equal(["1990 lines about checkpoints were left out", "state directory: gone"], lines[10..]);
    }

    private sealed class Lines : List<string>, ILogger<CheckpointTroubles>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter) => Add(formatter(state, exception));
    }
}
