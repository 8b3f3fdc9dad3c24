namespace ItsService.Simulation.Memory;

/// <summary>A stretch of guest memory.</summary>
/// <param name="Start">The first address.</param>
/// <param name="Length">How many bytes.</param>
/// <param name="IsReadOnly">Whether the controller may only read it.</param>
internal readonly record struct MemoryStretch(ulong Start, ulong Length, bool IsReadOnly)
{
    /// <summary>Whether the whole range lies in it.</summary>
    public bool Holds(ulong address, ulong length)
    {
        var offset = unchecked(address - Start);
        return offset <= Length && length <= Length - offset;
    }
}

/// <summary>
/// Where guest memory is: the same in every simulation, so that a script says nothing of it. No two stretches touch.
/// </summary>
internal static class GuestMap
{
    /// <summary>1 GiB of RAM at 1 GiB.</summary>
    public static readonly MemoryStretch Low = new(0x4000_0000, 0x4000_0000, IsReadOnly: false);

    /// <summary>16 MiB that the controller may not write.</summary>
    public static readonly MemoryStretch Rom = new(0x9000_0000, 0x0100_0000, IsReadOnly: true);

    /// <summary>256 MiB of RAM that only 52-bit addresses reach.</summary>
    public static readonly MemoryStretch High = new(0x000A_0000_0000_0000, 0x1000_0000, IsReadOnly: false);

    /// <summary>The stretch that holds a whole range, or null.</summary>
    public static MemoryStretch? Find(ulong address, ulong length) =>
        Low.Holds(address, length) ? Low
        : Rom.Holds(address, length) ? Rom
        : High.Holds(address, length) ? High
        : null;
}
