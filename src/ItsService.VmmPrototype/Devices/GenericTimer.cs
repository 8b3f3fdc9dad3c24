namespace ItsService.VmmPrototype.Devices;

/// <summary>One of a processor's timers: CTL, CVAL and TVAL over the counter, and a wire.</summary>
internal sealed class GenericTimer(Wire wire)
{
    private const uint Enable = 1;
    private const uint Mask = 2;
    private const uint Status = 4;

    private uint _control;
    private ulong _compareValue;

    /// <summary>When the wire will rise by itself; the end of time if it will not.</summary>
    public ulong Deadline => (_control & (Enable | Mask)) == Enable ? _compareValue : ulong.MaxValue;

    public Wire Wire => wire;

    public bool IsAsserted(ulong now) => now >= Deadline;

    public ulong ReadControl(ulong now) =>
        _control | ((_control & Enable) != 0 && now >= _compareValue ? Status : 0);

    public void WriteControl(ulong value, ulong now)
    {
        _control = (uint)value & (Enable | Mask);
        wire.Set(IsAsserted(now));
    }

    public ulong ReadCompareValue() => _compareValue;

    public void WriteCompareValue(ulong value, ulong now)
    {
        _compareValue = value;
        wire.Set(IsAsserted(now));
    }

    /// <summary>How far the compare value is away, as a signed 32-bit number.</summary>
    public ulong ReadTimerValue(ulong now) => (uint)(_compareValue - now);

    public void WriteTimerValue(ulong value, ulong now) =>
        WriteCompareValue(now + (ulong)(long)(int)(uint)value, now);

    /// <summary>As after a reset.</summary>
    public void Reset()
    {
        _control = 0;
        _compareValue = 0;
        wire.Set(false);
    }
}
