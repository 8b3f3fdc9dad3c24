using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Tables;

namespace ItsService.Core.GuestTables;

/// <summary>Reads the first level of a table of two levels, entry by entry in ascending order.</summary>
/// <param name="table">The table.</param>
/// <param name="count">How many entries are read: where one is not resident all up to there are asked for.</param>
/// <param name="window">What reads them.</param>
internal ref struct Level1Window(GuestTable table, ulong count, EntryWindow window)
{
    private EntryWindow _window = window;

    /// <summary>The page that an entry names; null where it is not valid.</summary>
    public MemoryOutcome Read(ulong index, out GuestAddress? page)
    {
        page = null;
        var outcome = _window.Read(table.Level1Address(index), out var entry);
        if (outcome.IsNotResident)
        {
            // Each fetch begins the whole walk again.
            return MemoryOutcome.NotResident(
                new GuestRange(table.Level1Address(index), (count - index) * sizeof(ulong)));
        }

        if (outcome.IsOk && GuestTable.IsLevel1Valid(entry))
        {
            page = table.Level2Address(entry);
        }

        return outcome;
    }
}
