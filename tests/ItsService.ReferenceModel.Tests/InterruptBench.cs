namespace ItsService.ReferenceModel.Tests;

/// <summary>A controller without LPIs whose SGIs, PPIs and SPIs are of group 1 and enabled, of priority 0xA0.</summary>
internal sealed class InterruptBench
{
    public const uint Spurious = 1023;
    public const uint Spi = 40;
    public const uint Ppi = 27;

    private const uint Iar0 = 0xC640;
    private const uint Eoir0 = 0xC641;
    private const uint Iar1 = 0xC660;
    private const uint Eoir1 = 0xC661;
    private const uint Sgi1R = 0xC65D;
    private const uint SgiBase = 0x1_0000;

    public InterruptBench(ReferenceProfile? profile = null, params uint[] affinities)
    {
        affinities = affinities.Length > 0 ? affinities : [0, 1, 2, 3];
        Gic = new ReferenceGic(
            new ReferenceConfiguration(profile ?? ReferenceProfile.Qemu, affinities, 1, 0x080A_0000, 1, 1),
            new TestMemory());
        WriteGicd(0x0000, 3);
        for (var offset = 4u; offset < 0x20; offset += 4)
        {
            WriteGicd(0x0080 + offset, uint.MaxValue);
            WriteGicd(0x0100 + offset, uint.MaxValue);
        }

        for (var intId = 32u; intId < 256; intId++)
        {
            Priority(intId, 0xA0);
        }

        for (var vcpu = 0; vcpu < affinities.Length; vcpu++)
        {
            WriteGicr(vcpu, 0x0014, 0);
            WriteGicr(vcpu, SgiBase + 0x0080, uint.MaxValue);
            WriteGicr(vcpu, SgiBase + 0x0100, uint.MaxValue);
            for (var intId = 0u; intId < 32; intId++)
            {
                PrivatePriority(vcpu, intId, 0xA0);
            }

            WriteIcc(vcpu, 0xC230, 0xFF);
            WriteIcc(vcpu, 0xC666, 1);
            WriteIcc(vcpu, 0xC667, 1);
        }
    }

    public ReferenceGic Gic { get; }

    public void WriteGicd(uint offset, ulong value, int sizeBytes = 4) =>
        Gic.WriteRegister(ReferenceFrame.Distributor, 0, offset, sizeBytes, value);

    public ulong Gicd(uint offset, int sizeBytes = 4) =>
        Gic.ReadRegister(ReferenceFrame.Distributor, 0, offset, sizeBytes);

    public void WriteGicr(int vcpu, uint offset, ulong value) =>
        Gic.WriteRegister(ReferenceFrame.Redistributor, vcpu, offset, 4, value);

    public ulong Gicr(int vcpu, uint offset) => Gic.ReadRegister(ReferenceFrame.Redistributor, vcpu, offset, 4);

    public void Priority(uint spi, byte priority) => WriteGicd(0x0400 + spi, priority, 1);

    public void PrivatePriority(int vcpu, uint intId, byte priority) =>
        Gic.WriteRegister(ReferenceFrame.Redistributor, vcpu, SgiBase + 0x0400 + intId, 1, priority);

    /// <summary>GICD_ICFGR.</summary>
    public void ByEdge(uint spi) => WriteGicd(0x0C00 + (spi / 16 * 4), 2UL << (int)(2 * (spi % 16)));

    public void Route(uint spi, ulong route) => WriteGicd(0x6000 + (8 * spi), route, 8);

    public void WriteIcc(int vcpu, uint encoding, ulong value) => Gic.WriteSystemRegister(vcpu, encoding, value);

    public ulong Icc(int vcpu, uint encoding) => Gic.ReadSystemRegister(vcpu, encoding);

    public ulong Acknowledge(int vcpu) => Icc(vcpu, Iar1);

    public ulong Acknowledge0(int vcpu) => Icc(vcpu, Iar0);

    public void End(int vcpu, ulong intId) => WriteIcc(vcpu, Eoir1, intId);

    public void End0(int vcpu, ulong intId) => WriteIcc(vcpu, Eoir0, intId);

    public void Send(int vcpu, ulong value) => WriteIcc(vcpu, Sgi1R, value);

    public bool[] Lines(int count = 4) => [.. Enumerable.Range(0, count).Select(Gic.IsLineAsserted)];
}
