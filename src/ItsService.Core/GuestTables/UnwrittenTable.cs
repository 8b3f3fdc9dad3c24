using ItsService.Core.Identifiers;
using ItsService.Core.Memory;

namespace ItsService.Core.GuestTables;

/// <summary>Why a table was not written.</summary>
internal static class UnwrittenTable
{
    /// <summary>
    /// What is RAM that can be written, and was not, is no fault of the guest's: the host has no more memory for it.
    /// </summary>
    /// <param name="memory">Guest RAM.</param>
    /// <param name="range">What could not be written.</param>
    /// <param name="path">Whose table it is.</param>
    /// <param name="what">The table, in words.</param>
    public static RestoreProblem Problem(IGuestMemory memory, GuestRange range, string path, string what) =>
        memory.ProbeForWriting(range).IsOk
            ? new RestoreProblem(
                RestoreProblemKind.MemoryFailed,
                path,
                $"{what} could not be written, though it lies in RAM")
            : new RestoreProblem(RestoreProblemKind.NotInRam, path, $"{what} is not in RAM that can be written");
}
