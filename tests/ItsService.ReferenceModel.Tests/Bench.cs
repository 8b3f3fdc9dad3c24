namespace ItsService.ReferenceModel.Tests;

/// <summary>A controller with all that software sets up before its first command.</summary>
internal sealed class Bench
{
    public const ulong DeviceTable = 0x4001_0000;
    public const ulong CollectionTable = 0x4002_0000;
    public const ulong Queue = 0x4003_0000;
    public const ulong Configurations = 0x4004_0000;
    public const ulong Itt = 0x4008_0000;
    public const ulong PendingTables = 0x4010_0000;
    public const ulong LevelTwo = 0x4018_0000;

    private const ulong Valid = 1UL << 63;
    private const ulong QueueBytes = 0x1_0000;

    private uint _cwriter;

    public Bench(
        ReferenceProfile profile,
        int vcpus = 4,
        int itsCount = 1,
        bool twoLevel = false,
        bool setUp = true,
        bool commandsWait = false)
    {
        var affinities = Enumerable.Range(0, vcpus).Select(vcpu => (uint)vcpu).ToArray();
        Gic = new ReferenceGic(
            new ReferenceConfiguration(profile, affinities, itsCount, 0x080A_0000, 100, 10)
            {
                CommandsRunOnlyWhenTold = commandsWait,
            },
            Memory);
        if (!setUp)
        {
            return;
        }

        for (var lpi = 8192u; lpi < 65536; lpi++)
        {
            Configure(lpi, 0xA3);
        }

        Gic.WriteRegister(ReferenceFrame.Distributor, 0, 0x0000, 4, 0x2);
        for (var vcpu = 0; vcpu < vcpus; vcpu++)
        {
            SetUpVcpu(vcpu);
        }

        for (var its = 0; its < itsCount; its++)
        {
            // 64 KiB pages, one of each.
            WriteIts(0x100, Valid | (twoLevel ? 1UL << 62 : 0) | DeviceTable | 0x200, its);
            WriteIts(0x108, Valid | CollectionTable | 0x200, its);
            WriteIts(0x80, Valid | (Queue + (0x1_0000UL * (ulong)its * 8)) | 0xF, its);
            WriteIts32(0x00, 1, its);
        }
    }

    public ReferenceGic Gic { get; }

    public TestMemory Memory { get; } = new();

    public ulong Its(uint offset, int its = 0) => Gic.ReadRegister(ReferenceFrame.Its, its, offset, 8);

    public uint Its32(uint offset, int its = 0) => (uint)Gic.ReadRegister(ReferenceFrame.Its, its, offset, 4);

    public void WriteIts(uint offset, ulong value, int its = 0) =>
        Gic.WriteRegister(ReferenceFrame.Its, its, offset, 8, value);

    public void WriteIts32(uint offset, uint value, int its = 0) =>
        Gic.WriteRegister(ReferenceFrame.Its, its, offset, 4, value);

    public ulong Gicr(int vcpu, uint offset, int sizeBytes = 8) =>
        Gic.ReadRegister(ReferenceFrame.Redistributor, vcpu, offset, sizeBytes);

    public void WriteGicr(int vcpu, uint offset, ulong value, int sizeBytes = 8) =>
        Gic.WriteRegister(ReferenceFrame.Redistributor, vcpu, offset, sizeBytes, value);

    public static ulong PendingTable(int vcpu) => PendingTables + (0x1_0000UL * (ulong)vcpu);

    public void Configure(uint lpi, byte value) => Memory[Configurations + lpi - 8192] = value;

    /// <summary>Puts commands in the first ITS's queue, four doublewords each, and moves CWRITER past them.</summary>
    public void Run(params ulong[] doublewords)
    {
        foreach (var doubleword in doublewords.Chunk(4))
        {
            for (var index = 0; index < 4; index++)
            {
                Memory.Write64(Queue + _cwriter + (8 * (ulong)index), doubleword[index]);
            }

            _cwriter = (uint)((_cwriter + 32) % QueueBytes);
        }

        WriteIts(0x88, _cwriter);
    }

    public (uint Code, bool Stalled)[] Errors() =>
        [.. Gic.TakeCommandErrors().Select(error => (error.Code, error.Stalled))];

    public uint Code() => Gic.TakeCommandErrors().Select(error => error.Code).SingleOrDefault();

    public void Mapd(uint device, int bits = 8, ulong itt = Itt) =>
        Run(((ulong)device << 32) | 0x08, (ulong)bits - 1, Valid | itt, 0);

    public void Unmapd(uint device) => Run(((ulong)device << 32) | 0x08, 0, 0, 0);

    public void Mapc(uint collection, ulong rdbase) => Run(0x09, 0, Valid | (rdbase << 16) | collection, 0);

    public void Unmapc(uint collection) => Run(0x09, 0, collection, 0);

    public void Mapti(uint device, uint eventId, uint lpi, uint collection) =>
        Run(((ulong)device << 32) | 0x0A, ((ulong)lpi << 32) | eventId, collection, 0);

    public void OnEvent(byte opcode, uint device, uint eventId, uint collection = 0) =>
        Run(((ulong)device << 32) | opcode, eventId, collection, 0);

    public ReferenceMsiOutcome Msi(uint device, uint eventId, int its = 0) =>
        Gic.SignalMsi(its, device, eventId, out _, out _);

    public ulong Acknowledge(int vcpu) => Gic.ReadSystemRegister(vcpu, 0xC660);

    public void End(int vcpu, ulong intId) => Gic.WriteSystemRegister(vcpu, 0xC661, intId);

    public ulong RunningPriority(int vcpu) => Gic.ReadSystemRegister(vcpu, 0xC65B);

    public void Mask(int vcpu, ulong priority) => Gic.WriteSystemRegister(vcpu, 0xC230, priority);

    private void SetUpVcpu(int vcpu)
    {
        WriteGicr(vcpu, 0x70, Configurations | 0xF);
        WriteGicr(vcpu, 0x78, PendingTable(vcpu));
        WriteGicr(vcpu, 0x00, 1, 4);
        Mask(vcpu, 0xFF);
        Gic.WriteSystemRegister(vcpu, 0xC667, 1);
    }
}
