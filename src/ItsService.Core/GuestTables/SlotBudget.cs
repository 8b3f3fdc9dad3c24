namespace ItsService.Core.GuestTables;

/// <summary>
/// How many slots of tables may still be looked at: a guest chooses their sizes, and a table of zeros is looked through
/// slot by slot. The slot that shows that there are more is looked at, too, and no other.
/// </summary>
internal sealed class SlotBudget
{
    /// <summary>In one restore, all tables together.</summary>
    public const int SlotsMax = 1 << 24;

    private int _left = SlotsMax;

    /// <summary>Whether there are more.</summary>
    public bool IsSpent => _left < 0;

    public void Take() => _left--;
}
