using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Server.Memory.Shared;

namespace ItsService.Server.Memory;

/// <summary>A stretch of guest RAM, and where its bytes are.</summary>
/// <param name="Place">Where the guest has it.</param>
/// <param name="Spec">As its creator asked for it. Nobody changes it.</param>
internal sealed record VmRegion(MemoryRegion Place, V1.MemoryRegion Spec)
{
    /// <summary>Whether the service owns the bytes.</summary>
    public bool IsHosted => Spec.BackingCase == V1.MemoryRegion.BackingOneofCase.Hosted;

    /// <summary>Whether the VMM answers for the bytes.</summary>
    public bool IsRemote => Spec.BackingCase == V1.MemoryRegion.BackingOneofCase.Remote;

    /// <summary>The file that has the bytes, once it is open; null for a region of another kind.</summary>
    public SharedFile? File { get; init; }

    /// <summary>The file; not for a region of another kind.</summary>
    public SharedFile OpenFile => File ?? throw new InvalidOperationException($"{this} has no open file.");

    /// <summary>How many of the next bytes from an address of it lie in it.</summary>
    public ulong BytesFrom(GuestAddress address) => Place.Range.LengthBytes - OffsetOf(address);

    /// <summary>How far into it an address of it lies.</summary>
    public ulong OffsetOf(GuestAddress address) => address.Value - Place.Range.Start.Value;

    /// <summary>For a person.</summary>
    public override string ToString() =>
        $"0x{Place.Range.Start.Value:X}..0x{Place.Range.Start.Value + (Place.Range.LengthBytes - 1):X}"
        + (IsHosted ? "" : IsRemote ? ", remote" : ", shared")
        + (Place.IsReadOnly ? ", read-only" : "");
}
