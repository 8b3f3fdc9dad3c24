using ItsService.Core.Identifiers;

namespace ItsService.Server.Memory.Remote;

/// <summary>
/// An operation needs remote memory that is not there, and has done nothing. It ends the entry into the gate: it goes
/// up through whatever the operation was made of, and what it costs is little beside the way to the VMM and back.
/// </summary>
internal sealed class MissingMemoryException(GuestRange range) : Exception("remote memory is not there")
{
    /// <summary>What is needed.</summary>
    public GuestRange Range { get; set; } = range;

    /// <summary>How many accesses of a batch have been made before.</summary>
    public int MadeBefore { get; set; }

    /// <summary>Commands of a queue among which it is, and which are worth to be brought together.</summary>
    public GuestRange? Commands { get; set; }

    /// <summary>When it was needed: <see cref="RemoteMemory.Time"/>.</summary>
    public long Time { get; set; }
}
