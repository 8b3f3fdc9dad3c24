namespace ItsService.Differential.Comparison;

/// <summary>What the registers that change held, read one after another.</summary>
/// <param name="values">In the order of <see cref="ComparedRegister.Live"/>.</param>
internal sealed class LiveRegisters(IReadOnlyList<ulong> values)
{
    private const int PerCpu = 4;
    private const int FirstOfCpus = 7;
    private const ulong Valid = 1UL << 63;

    public IReadOnlyList<ulong> Values { get; } = values;

    public ulong GitsCtlr => Values[0];

    public bool ItsEnabled => (GitsCtlr & 1) != 0;

    /// <summary>GITS_CTLR.Quiescent.</summary>
    public bool IsQuiescent => (GitsCtlr >> 31) != 0;

    public ulong Cbaser => Values[1];

    public ulong Cwriter => Values[2];

    public ulong Creadr => Values[3];

    public ulong DeviceBaser => Values[4];

    public ulong CollectionBaser => Values[5];

    public bool QueueIsValid => (Cbaser & Valid) != 0;

    public ulong QueueAddress => Cbaser & 0xF_FFFF_FFFF_0000;

    public ulong QueueBytes => ((Cbaser & 0xFF) + 1) * 4096;

    /// <summary>GITS_CWRITER.Offset.</summary>
    public ulong WriteOffset => Cwriter & 0xF_FFE0;

    /// <summary>GITS_CREADR.Offset.</summary>
    public ulong ReadOffset => Creadr & 0xF_FFE0;

    public bool IsStalled => (Creadr & 1) != 0;

    /// <summary>Whether a command that is put into the queue now runs at once.</summary>
    public bool QueueRuns => ItsEnabled && QueueIsValid && !IsStalled && WriteOffset == ReadOffset;

    public IEnumerable<int> Cpus => Enumerable.Range(0, (Values.Count - FirstOfCpus) / PerCpu);

    public bool LpisEnabled(int cpu) => (Values[FirstOfCpus + (PerCpu * cpu)] & 1) != 0;

    public ulong Propbaser(int cpu) => Values[FirstOfCpus + (PerCpu * cpu) + 2];

    public ulong Pendbaser(int cpu) => Values[FirstOfCpus + (PerCpu * cpu) + 3];

    public ulong PendingTable(int cpu) => Pendbaser(cpu) & 0xF_FFFF_FFFF_0000;

    /// <summary>The first INTID above the LPIs of a CPU, by GICR_PROPBASER.IDbits and GICD_TYPER.IDbits.</summary>
    public uint LpiEnd(int cpu)
    {
        var bits = (int)Math.Min(Propbaser(cpu) & 0x1F, 15) + 1;
        return Math.Max(1u << bits, 8192);
    }
}
