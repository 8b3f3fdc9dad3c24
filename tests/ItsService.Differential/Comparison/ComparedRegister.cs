using ItsService.Qtest;

namespace ItsService.Differential.Comparison;

/// <summary>A register that both controllers must hold alike.</summary>
/// <param name="Name">The architecture's name, with the CPU where each has one.</param>
/// <param name="Address">Where the machine has it.</param>
/// <param name="SizeBytes">Its width.</param>
/// <param name="ComparedBits">The bits that count.</param>
internal sealed record ComparedRegister(string Name, ulong Address, int SizeBytes, ulong ComparedBits = ulong.MaxValue)
{
    /// <summary>How many SPIs a machine has is its own affair, and differs between versions of QEMU.</summary>
    private const ulong AllButItLinesNumber = ~0x1FUL;

    /// <summary>Of 32 INTIDs each, the redistributors' among them.</summary>
    private const int BankCount = 8;
    private const int InBank = 32;

    /// <summary>The identification registers of a frame, in order of their addresses.</summary>
    private static readonly string[] Identification =
    [
        "PIDR4", "PIDR5", "PIDR6", "PIDR7", "PIDR0", "PIDR1", "PIDR2", "PIDR3", "CIDR0", "CIDR1", "CIDR2", "CIDR3",
    ];

    /// <summary>Those that change, in a fixed order: <see cref="LiveRegisters"/> knows it.</summary>
    public static IReadOnlyList<ComparedRegister> Live(int cpuCount) =>
    [
        Gits("CTLR", 0, 4), Gits("CBASER", 0x80, 8), Gits("CWRITER", 0x88, 8), Gits("CREADR", 0x90, 8),
        Gits("BASER0", 0x100, 8), Gits("BASER1", 0x108, 8),
        new("GICD_CTLR", VirtMachine.GicdBase, 4),
        .. Enumerable.Range(0, cpuCount).SelectMany(cpu => new[]
        {
            Gicr(cpu, "CTLR", 0, 4), Gicr(cpu, "WAKER", 0x14, 4), Gicr(cpu, "PROPBASER", 0x70, 8),
            Gicr(cpu, "PENDBASER", 0x78, 8),
        }),
    ];

    /// <summary>Those that never change, the ones that are not built among them.</summary>
    public static IReadOnlyList<ComparedRegister> Fixed(int cpuCount) =>
    [
        Gits("IIDR", 4, 4), Gits("TYPER", 8, 8), Gits("MPAMIDR", 0x10, 4), Gits("PARTIDR", 0x14, 4),
        Gits("MPIDR", 0x18, 4), Gits("STATUSR", 0x40, 4), Gits("UMSIR", 0x48, 8),
        .. Enumerable.Range(2, 6).Select(number => Gits($"BASER{number}", 0x100 + (8UL * (ulong)number), 8)),
        .. Identification.Select((name, place) => Gits(name, 0xFFD0 + (4UL * (ulong)place), 4)),
        Gits("TRANSLATER", 0x10040, 4),
        new("GICD_TYPER", VirtMachine.GicdBase + 4, 4, AllButItLinesNumber),
        new("GICD_IIDR", VirtMachine.GicdBase + 8, 4),
        .. Identification.Select((name, place) =>
            new ComparedRegister($"GICD_{name}", VirtMachine.GicdBase + 0xFFD0 + (4UL * (ulong)place), 4)),
        .. Enumerable.Range(0, cpuCount).SelectMany(FixedOfCpu),
    ];

    /// <summary>The state of SGIs, PPIs and SPIs: of as many as every version of the machine has.</summary>
    public static IReadOnlyList<ComparedRegister> Direct(int cpuCount) =>
    [
        .. Enumerable.Range(1, BankCount - 1).SelectMany(bank => Bank("GICD", "", VirtMachine.GicdBase, bank)),
        .. Enumerable.Range(InBank, (BankCount - 1) * InBank).Select(spi => new ComparedRegister(
            $"GICD_IROUTER{spi}", VirtMachine.GicdBase + 0x6000 + (8UL * (ulong)spi), 8)),
        .. Enumerable.Range(0, cpuCount).SelectMany(cpu =>
            Bank("GICR", $" of CPU {cpu}", VirtMachine.GicrOf(cpu) + 0x1_0000, 0)),
    ];

    private static IEnumerable<ComparedRegister> Bank(string frame, string owner, ulong first, int bank)
    {
        (string Name, ulong Offset, int Count)[] arrays =
        [
            ("IGROUPR", 0x80, 1), ("ISENABLER", 0x100, 1), ("ISPENDR", 0x200, 1), ("ISACTIVER", 0x300, 1),
            ("IPRIORITYR", 0x400, 8), ("ICFGR", 0xC00, 2),
        ];
        return
            from array in arrays
            from place in Enumerable.Range(array.Count * bank, array.Count)
            select new ComparedRegister(
                $"{frame}_{array.Name}{place}{owner}", first + array.Offset + (4UL * (ulong)place), 4);
    }

    private static IEnumerable<ComparedRegister> FixedOfCpu(int cpu) =>
    [
        Gicr(cpu, "IIDR", 4, 4), Gicr(cpu, "TYPER", 8, 8), Gicr(cpu, "STATUSR", 0x10, 4),
        Gicr(cpu, "MPAMIDR", 0x18, 4), Gicr(cpu, "PARTIDR", 0x1C, 4), Gicr(cpu, "SETLPIR", 0x40, 8),
        Gicr(cpu, "CLRLPIR", 0x48, 8), Gicr(cpu, "INVLPIR", 0xA0, 8), Gicr(cpu, "INVALLR", 0xB0, 8),
        Gicr(cpu, "SYNCR", 0xC0, 4),
        .. Identification.Select((name, place) => Gicr(cpu, name, 0xFFD0 + (4UL * (ulong)place), 4)),
    ];

    private static ComparedRegister Gits(string name, ulong offset, int sizeBytes) =>
        new($"GITS_{name}", VirtMachine.GitsBase + offset, sizeBytes);

    private static ComparedRegister Gicr(int cpu, string name, ulong offset, int sizeBytes) =>
        new($"GICR_{name} of CPU {cpu}", VirtMachine.GicrOf(cpu) + offset, sizeBytes);
}
