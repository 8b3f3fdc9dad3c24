using ItsService.Differential.Steps;

namespace ItsService.Differential.Generation;

/// <summary>How a guest behaves.</summary>
internal enum Manners
{
    /// <summary>It keeps the rules.</summary>
    Legal,

    /// <summary>It makes mistakes: wrong numbers, forgotten steps, reserved bits.</summary>
    Sloppy,

    /// <summary>It also tries to do harm: tables outside RAM, registers written at the wrong time.</summary>
    Hostile,
}

/// <summary>The shape of a sequence: what is decided before its first step.</summary>
internal sealed record SequencePlan
{
    /// <summary>So many sequences in a row run on one machine.</summary>
    private const int SequencesOfMachine = 16;
    private const ulong MachineStream = 1UL << 40;
    private const ulong PlanStream = 1UL << 41;

    public required ulong Seed { get; init; }

    public required int Number { get; init; }

    public required int CpuCount { get; init; }

    /// <summary>Whether QEMU's CPUs run, so that acknowledges can be compared. That is slower.</summary>
    public required bool RunsCpus { get; init; }

    public required Manners Manners { get; init; }

    /// <summary>GICR_PROPBASER.IDbits.</summary>
    public required int IdBits { get; init; }

    public required TableShape DeviceTable { get; init; }

    public required TableShape CollectionTable { get; init; }

    /// <summary>The queue's size in pages of 4 KiB: 128 commands each.</summary>
    public required int QueuePages { get; init; }

    /// <summary>The tables of a redistributor.</summary>
    public IEnumerable<RegisterWrite> LpiTables(int cpu) =>
    [
        new(Places.GicrPropbaser(cpu), 8, GuestLayout.ConfigurationTable | (uint)IdBits),
        new(Places.GicrPendbaser(cpu), 8, GuestLayout.PendingTable(cpu)),
    ];

    public static SequencePlan For(ulong seed, int number)
    {
        var machine = new Prng(seed, MachineStream + (ulong)(number / SequencesOfMachine));
        var random = new Prng(seed, PlanStream + (ulong)number);
        return new SequencePlan
        {
            Seed = seed,
            Number = number,
            CpuCount = machine.PickWeighted([(2, 1), (4, 2), (3, 3), (6, 4), (1, 8)]),
            RunsCpus = machine.Chance(25),
            Manners = random.PickWeighted([(2, Manners.Legal), (3, Manners.Sloppy), (5, Manners.Hostile)]),
            IdBits = random.PickWeighted([(14, 13), (3, 14), (2, 15), (1, 12), (1, 20)]),
            DeviceTable = Shape(random),
            CollectionTable = Shape(random),
            QueuePages = random.PickWeighted([(6, 1), (2, 2), (4, 16), (1, 17)]),
        };
    }

    private static TableShape Shape(Prng random) => new(
        Indirect: random.Chance(40),
        PageSize: random.PickWeighted([(5, 0), (3, 1), (3, 2), (1, 3)]),
        Pages: random.PickWeighted([(6, 1), (2, 2), (1, 3)]));
}
