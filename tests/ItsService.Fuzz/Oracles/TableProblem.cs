using ItsService.Core.GuestTables;

namespace ItsService.Fuzz.Oracles;

/// <summary>What a problem of a commit is of.</summary>
internal enum TableProblemSort
{
    /// <summary>An entry of an ITS's tables.</summary>
    Entry,

    /// <summary>Tables over one another.</summary>
    Overlap,

    /// <summary>More slots than are looked at.</summary>
    TooManySlots,

    /// <summary>More devices than a VM may have.</summary>
    TooManyDevices,

    /// <summary>More events than a VM may have.</summary>
    TooManyEvents,

    /// <summary>A register of an ITS that does not become what is staged.</summary>
    Register,

    /// <summary>Anything else.</summary>
    Other,
}

/// <summary>Tells the problems of a commit from one another by their places and words.</summary>
internal static class TableProblem
{
    public static TableProblemSort SortOf(RestoreProblem problem)
    {
        var (path, message) = (problem.Path, problem.Message);
        return !path.StartsWith("its[", StringComparison.Ordinal) ? TableProblemSort.Other
            : Has(message, " lies over the ") && Has(message, " of ITS ") ? TableProblemSort.Overlap
            : Has(message, "slots to look at") ? TableProblemSort.TooManySlots
            : Has(message, "devices that may be mapped") ? TableProblemSort.TooManyDevices
            : Has(message, "events that may be mapped") ? TableProblemSort.TooManyEvents
            : Has(path, "].device") || Has(path, "].collection_table") ? TableProblemSort.Entry
            : Has(path, "].GITS_") ? TableProblemSort.Register
            : TableProblemSort.Other;
    }

    private static bool Has(string text, string part) => text.Contains(part, StringComparison.Ordinal);
}
