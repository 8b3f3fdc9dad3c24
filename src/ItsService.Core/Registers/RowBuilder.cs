namespace ItsService.Core.Registers;

/// <summary>The words in which the maps are written, so that a map reads like the manual's table.</summary>
internal static class RowBuilder
{
    public static RegisterRow ReadOnly32(RegisterId id, string name, int offset, params RegisterField[] fields) =>
        new(id, name, offset, 4, RegisterAccess.ReadOnly, 0, fields) { LegalSizes = 4 };

    public static RegisterRow ReadOnly64(RegisterId id, string name, int offset, params RegisterField[] fields) =>
        new(id, name, offset, 8, RegisterAccess.ReadOnly, 0, fields) { LegalSizes = 4 | 8 };

    public static RegisterRow ReadWrite32(
        RegisterId id, string name, int offset, ulong mask, params RegisterField[] fields) =>
        new(id, name, offset, 4, RegisterAccess.ReadWrite, mask, fields) { LegalSizes = 4 };

    public static RegisterRow ReadWrite64(
        RegisterId id, string name, int offset, ulong mask, params RegisterField[] fields) =>
        new(id, name, offset, 8, RegisterAccess.ReadWrite, mask, fields) { LegalSizes = 4 | 8 };

    public static RegisterRow WriteOneToClear32(
        RegisterId id, string name, int offset, ulong mask, params RegisterField[] fields) =>
        new(id, name, offset, 4, RegisterAccess.WriteOneToClear, mask, fields) { LegalSizes = 4 };

    public static RegisterRow WriteOnly32(
        RegisterId id, string name, int offset, ulong mask, params RegisterField[] fields) =>
        new(id, name, offset, 4, RegisterAccess.WriteOnly, mask, fields) { LegalSizes = 4 };

    public static RegisterRow WriteOnly64(
        RegisterId id, string name, int offset, ulong mask, params RegisterField[] fields) =>
        new(id, name, offset, 8, RegisterAccess.WriteOnly, mask, fields) { LegalSizes = 4 | 8 };

    /// <summary>32 one-bit fields, one for each INTID of a bank; all bits are writable.</summary>
    public static RegisterRow Bank(RegisterId id, string name, int offset, int count = 1, int firstNumber = 0) =>
        ReadWrite32(id, name, offset, uint.MaxValue) with { Count = count, FirstNumber = firstNumber };

    /// <summary>PIDR4..7, PIDR0..3 and CIDR0..3 at 0xFFD0.</summary>
    public static RegisterRow[] Identification(string prefix)
    {
        ReadOnlySpan<string> names =
        [
            "PIDR4", "PIDR5", "PIDR6", "PIDR7", "PIDR0", "PIDR1", "PIDR2", "PIDR3", "CIDR0", "CIDR1", "CIDR2", "CIDR3",
        ];
        var rows = new RegisterRow[names.Length];
        for (var number = 0; number < rows.Length; number++)
        {
            var name = $"{prefix}_{names[number]}";
            RegisterField[] fields = names[number] == "PIDR2" ? [F("ArchRev", 7, 4)] : [];
            rows[number] = ReadOnly32(RegisterId.Identification, name, 0xFFD0 + (4 * number), fields);
        }

        return rows;
    }

    public static RegisterField F(string name, int high, int low) => new(name, high, low);

    public static RegisterField F(string name, int bit) => new(name, bit, bit);
}
