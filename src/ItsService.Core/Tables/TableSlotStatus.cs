namespace ItsService.Core.Tables;

/// <summary>Whether a table has a place for a number.</summary>
public enum TableSlotStatus
{
    /// <summary>It has, and the place is in guest RAM.</summary>
    Found,

    /// <summary>The number is above the table's capacity, or the table has no memory.</summary>
    OutOfRange,

    /// <summary>The level-1 entry that covers the number is not valid.</summary>
    Level1Invalid,

    /// <summary>The level-1 entry is not in guest RAM.</summary>
    Level1NotInRam,

    /// <summary>The place itself, in a flat table or a second-level page, is not in RAM that can be written.</summary>
    NotInRam,

    /// <summary>The level-1 entry must be fetched first.</summary>
    NotResident,
}
