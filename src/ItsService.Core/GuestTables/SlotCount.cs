using ItsService.Core.Tables;

namespace ItsService.Core.GuestTables;

/// <summary>
/// How many slots a restore would look at (tables 6.8), in tables that hold what is mapped and zeros: those in front of
/// the first entry, those that hold one, and those that <c>next</c> is too small to leap; of a table without an entry
/// all of them. One restore reads the tables of all ITSs, so they are counted together.
/// </summary>
internal sealed class SlotCount
{
    public long Value { get; private set; }

    /// <summary>Whether there are more than a restore looks at.</summary>
    public bool IsTooMany => Value > SlotBudget.SlotsMax;

    public void Add(ulong slots) => Value += (long)slots;

    /// <summary>The slots of a translation table.</summary>
    public static ulong Of(MappedDevice device)
    {
        var events = device.Events;
        if (events.Count == 0)
        {
            return 1UL << device.EventIdBits;
        }

        // Events of so few bits are never too far apart.
        return (1UL << device.EventIdBits) <= TranslationTableEntry.NextMax + 1
            ? events.InOrder().First().Key + (ulong)events.Count
            : Of(events.InOrder().Select(entry => entry.Key), TranslationTableEntry.NextMax);
    }

    /// <summary>The slots up to the last one of these, which are in ascending order and not none.</summary>
    /// <param name="numbers">The slots that hold an entry.</param>
    /// <param name="nextMax">How far an entry leads at most.</param>
    public static ulong Of(IEnumerable<uint> numbers, uint nextMax)
    {
        var slots = 0UL;
        uint? last = null;
        foreach (var number in numbers)
        {
            slots += 1UL + (last is { } before ? Math.Max(number - before, nextMax) - nextMax : number);
            last = number;
        }

        return slots;
    }
}
