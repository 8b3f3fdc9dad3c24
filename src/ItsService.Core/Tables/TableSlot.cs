using ItsService.Core.Identifiers;

namespace ItsService.Core.Tables;

/// <summary>Where a table keeps the entry of a number.</summary>
/// <param name="Status">Whether it does.</param>
/// <param name="Address">The entry, when found.</param>
/// <param name="Missing">What to fetch, when not resident.</param>
internal readonly record struct TableSlot(
    TableSlotStatus Status, GuestAddress Address = default, GuestRange Missing = default)
{
    public bool IsFound => Status == TableSlotStatus.Found;
}
