namespace ItsService.Core.Tests.GuestTables;

/// <summary>
/// Entries of tables in guest memory, put together from the field tables of ABI revision 0 (tables section 6) and with
/// nothing of Core, so that a mistake there does not cancel out here.
/// </summary>
internal static class TableEntries
{
    public const ulong Valid = 1UL << 63;
    public const uint NoTarget = uint.MaxValue;

    /// <summary>63 Valid, 62:49 next, 48:5 ITT_addr[51:8], 4:0 EventID bits minus one.</summary>
    public static ulong Dte(ulong itt, int eventIdBits, uint next = 0) =>
        Valid | ((ulong)next << 49) | (itt >> 8 << 5) | (uint)(eventIdBits - 1);

    /// <summary>63 Valid, 47:16 RDBase, 15:0 ICID.</summary>
    public static ulong Cte(uint collection, uint vcpu) => Valid | ((ulong)vcpu << 16) | collection;

    /// <summary>63:48 next, 47:16 pINTID, 15:0 ICID.</summary>
    public static ulong Ite(uint lpi, uint collection, uint next = 0) =>
        ((ulong)next << 48) | ((ulong)lpi << 16) | collection;

    /// <summary>63 Valid, 51:16 the page, which here has 64 KiB.</summary>
    public static ulong Level1(ulong page) => Valid | page;
}
