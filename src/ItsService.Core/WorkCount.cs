namespace ItsService.Core;

/// <summary>
/// What accesses and commands have done beyond what each of them does in any case, as a number of LPIs: so that those
/// who run many of them can tell how long it takes. What costs little is counted as part of an LPI, and so may count
/// for nothing.
/// </summary>
internal sealed class WorkCount
{
    /// <summary>So many LPIs count for as much as a command.</summary>
    private const int LpisPerCommand = 4;

    /// <summary>So many bytes of a table can be looked through in the time that an LPI takes.</summary>
    private const int TableBytesPerLpi = 256;

    /// <summary>So many redistributors can be asked for an LPI, or have their lines looked at.</summary>
    private const int LooksPerLpi = 8;

    /// <summary>All that was done since the controller was made.</summary>
    public long Lpis { get; private set; }

    /// <summary>Notes a step for each of so many LPIs, events, devices or collections.</summary>
    public void AddLpis(int count) => Lpis += count;

    /// <summary>Notes that so many bytes of a table were read or written.</summary>
    public void AddTableBytes(int count) => Lpis += count / TableBytesPerLpi;

    /// <summary>Notes a glance at so many redistributors.</summary>
    public void AddLooks(int count) => Lpis += count / LooksPerLpi;

    /// <summary>What was done since <see cref="Lpis"/> had a value, as a number of commands.</summary>
    public long CommandsSince(long before) => (Lpis - before) / LpisPerCommand;
}
