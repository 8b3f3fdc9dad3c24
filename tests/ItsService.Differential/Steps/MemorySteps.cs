namespace ItsService.Differential.Steps;

/// <summary>The guest writes a doubleword of its memory: an entry of a level-1 table.</summary>
internal sealed record MemoryStep(params IReadOnlyList<(ulong Address, ulong Value)> Doublewords) : Step
{
    public override int PartCount => Doublewords.Count;

    public override Step WithParts(IReadOnlyList<int> parts) =>
        new MemoryStep([.. parts.Select(part => Doublewords[part])]);

    public override IEnumerable<string> Describe() =>
        Doublewords.Select(doubleword => $"memory 0x{doubleword.Address:x} := 0x{doubleword.Value:x}");
}

/// <summary>The guest writes the configuration bytes of all LPIs.</summary>
/// <param name="Priorities">Among how many priorities they are dealt out: 1 gives all the same.</param>
internal sealed record ConfigureAllStep(int Priorities) : Step
{
    private const int EnabledAtA0 = 0xA3;

    public static int TableBytes => (1 << 16) - 8192;

    /// <summary>The table: LPIs in turn get a priority each; one in eleven is disabled.</summary>
    public byte[] Table()
    {
        var table = new byte[TableBytes];
        for (var index = 0; index < table.Length; index++)
        {
            var priority = Priorities == 1 ? EnabledAtA0 : (0x20 + (index * 37 % Priorities * 8)) | 1;
            table[index] = (byte)(Priorities > 1 && index % 11 == 10 ? priority & ~1 : priority);
        }

        return table;
    }

    public override IEnumerable<string> Describe() => [$"configuration bytes of all LPIs, {Priorities} priorities"];
}

/// <summary>The guest changes configuration bytes, and says nothing of it to the ITS yet.</summary>
internal sealed record ConfigureStep(IReadOnlyList<(uint Lpi, byte Value)> Changes) : Step
{
    public override int PartCount => Changes.Count;

    public override Step WithParts(IReadOnlyList<int> parts) =>
        new ConfigureStep([.. parts.Select(part => Changes[part])]);

    public override IEnumerable<string> Describe() =>
        Changes.Select(change => $"configuration byte of LPI {change.Lpi} := 0x{change.Value:x2}");
}
