namespace ItsService.Server.Tests.Telemetry;

/// <summary>A clock that each look at it moves on by a step: it tells how often it was read in between.</summary>
internal sealed class SteppingTime(TimeSpan step) : TimeProvider
{
    private long _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Add(ref _now, step.Ticks);
}
