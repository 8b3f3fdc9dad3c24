namespace ItsService.VmmPrototype.Devices;

/// <summary>
/// The time that guests see, the counter of their timers. It goes on as blocks of instructions are executed, not as
/// the host's clock does: a guest notices neither that the host is busy nor that the service is away for a while, and
/// vCPUs that take turns on one thread seem to run side by side.
/// </summary>
internal sealed class GuestClock
{
    /// <summary>One block of instructions takes one tick, 16 ns.</summary>
    public const uint FrequencyHz = 62_500_000;

    private ulong _turn;
    private ulong _shown;

    /// <summary>At the beginning of the turn that the vCPUs are taking.</summary>
    public ulong Now => _turn;

    /// <summary>As a vCPU reads it in the middle of its turn. It never goes back, whichever vCPU looks.</summary>
    public ulong Read(uint blocksOfTurn) => _shown = Math.Max(_shown, _turn + blocksOfTurn);

    /// <summary>The vCPUs have had their turn, or time has passed with all of them asleep.</summary>
    public void Advance(ulong ticks)
    {
        _turn += ticks;
        _shown = Math.Max(_shown, _turn);
    }

    public static TimeSpan ToTime(ulong ticks) => TimeSpan.FromSeconds((double)ticks / FrequencyHz);

    public static ulong ToTicks(TimeSpan time) => (ulong)(time.TotalSeconds * FrequencyHz);
}
