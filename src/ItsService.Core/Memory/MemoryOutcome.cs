using ItsService.Core.Identifiers;

namespace ItsService.Core.Memory;

/// <summary>The answer of <see cref="IGuestMemory"/>.</summary>
/// <param name="Status">How the access ended.</param>
/// <param name="Missing">What the host must fetch, when not resident.</param>
public readonly record struct MemoryOutcome(MemoryStatus Status, GuestRange Missing = default)
{
    /// <summary>Done.</summary>
    public static MemoryOutcome Ok => default;

    /// <summary>Not in guest RAM.</summary>
    public static MemoryOutcome Fault => new(MemoryStatus.Fault);

    /// <summary>Whether the access was done.</summary>
    public bool IsOk => Status == MemoryStatus.Ok;

    /// <summary>Whether the access waits for the host.</summary>
    public bool IsNotResident => Status == MemoryStatus.NotResident;

    /// <summary>Not done until <paramref name="missing"/> is fetched.</summary>
    public static MemoryOutcome NotResident(GuestRange missing) => new(MemoryStatus.NotResident, missing);
}
