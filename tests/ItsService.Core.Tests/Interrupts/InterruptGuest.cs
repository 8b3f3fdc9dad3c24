using ItsService.Core.CpuInterface;
using ItsService.Core.Distributor;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Interrupts;

/// <summary>
/// A guest that uses SGIs, PPIs and SPIs: both groups enabled everywhere, all vCPUs awake and unmasked. Offsets are the
/// manual's (redistributor-lpi sections 6 and 10).
/// </summary>
internal sealed class InterruptGuest
{
    public const uint Spurious = 1023;
    public const ulong AnyVcpu = 1UL << 31;

    private const int SgiBase = 0x1_0000;
    private const int Igroupr = 0x80;
    private const int Isenabler = 0x100;
    private const int Icenabler = 0x180;
    private const int Ispendr = 0x200;
    private const int Icpendr = 0x280;
    private const int Isactiver = 0x300;
    private const int Icactiver = 0x380;
    private const int Ipriorityr = 0x400;
    private const int Icfgr = 0xC00;
    private const int Irouter = 0x6000;

    public InterruptGuest(GicProfile? profile = null, int vcpuCount = 2, SparseGuestMemory? ram = null)
    {
        Guest = new Guest(new GuestOptions { Profile = profile ?? Everything, VcpuCount = vcpuCount }, ram);
        Guest.StartRedistributors();
        Guest.Gicd.Write32(0, 3);
        for (var vcpu = 0; vcpu < vcpuCount; vcpu++)
        {
            Guest.Gicr(vcpu).Write32(GicrOffset.Waker, 0);
            Cpu(vcpu).Write(SystemRegister.IccIgrpen0, 1);
        }
    }

    /// <summary>A controller with all that a profile can switch on.</summary>
    public static GicProfile Everything { get; } = GicProfiles.Qemu with
    {
        HasOneOfN = true,
        HasMessageBasedSpis = true,
        HasRangeSelector = true,
    };

    public Guest Guest { get; }

    public VirtualGic Gic => Guest.Gic;

    public CpuPort Cpu(int vcpu = 0) => Guest.Cpu(vcpu);

    /// <summary>Enables an interrupt as it is wanted; an SPI goes to vCPU 0, where it goes after a reset.</summary>
    public InterruptGuest With(
        uint intId, byte priority = 0xA0, bool isGroup1 = true, bool isEdge = false, int vcpu = 0)
    {
        var (port, first) = Place(intId, vcpu);
        SetBit(port, first + Igroupr + Word(intId), intId % 32, isGroup1);
        port.Write(first + Ipriorityr + (int)intId, 1, priority);
        if (intId >= 16)
        {
            Configure(intId, isEdge, vcpu);
        }

        Enable(intId, vcpu);
        return this;
    }

    public void Configure(uint intId, bool isEdge, int vcpu = 0)
    {
        var (port, first) = Place(intId, vcpu);
        SetBit(port, first + Icfgr + ((int)(intId / 16) * 4), (2 * (intId % 16)) + 1, isEdge);
    }

    public void Enable(uint intId, int vcpu = 0) => WriteBit(Isenabler, intId, vcpu);

    public void Disable(uint intId, int vcpu = 0) => WriteBit(Icenabler, intId, vcpu);

    public void SetPending(uint intId, int vcpu = 0) => WriteBit(Ispendr, intId, vcpu);

    public void ClearPending(uint intId, int vcpu = 0) => WriteBit(Icpendr, intId, vcpu);

    public void SetActive(uint intId, int vcpu = 0) => WriteBit(Isactiver, intId, vcpu);

    public void ClearActive(uint intId, int vcpu = 0) => WriteBit(Icactiver, intId, vcpu);

    public bool IsPending(uint intId, int vcpu = 0) => ReadBit(Ispendr, intId, vcpu);

    public bool IsActive(uint intId, int vcpu = 0) => ReadBit(Isactiver, intId, vcpu);

    public void Route(uint spi, ulong route) => Guest.Gicd.Write64(Irouter + (8 * (int)spi), route);

    public ulong RouteOf(uint spi) => Guest.Gicd.Read64(Irouter + (8 * (int)spi));

    /// <summary>Moves a device's line.</summary>
    public void Level(uint intId, bool isHigh, int vcpu = 0, bool notify = false)
    {
        var result = intId < 32
            ? Gic.SetPpiLevel(new VcpuIndex(vcpu), new IntId(intId), isHigh, notify)
            : Gic.SetSpiLevel(new IntId(intId), isHigh, notify);
        Assert.Equal(AccessStatus.Ok, result.Status);
    }

    public uint Acknowledge(int vcpu = 0) => Cpu(vcpu).Acknowledge();

    public uint Acknowledge0(int vcpu = 0) => (uint)Cpu(vcpu).Read(SystemRegister.IccIar0);

    public void End(uint intId, int vcpu = 0) => Cpu(vcpu).End(intId);

    public void End0(uint intId, int vcpu = 0) => Cpu(vcpu).Write(SystemRegister.IccEoir0, intId);

    public void Deactivate(uint intId, int vcpu = 0) => Cpu(vcpu).Write(SystemRegister.IccDir, intId);

    /// <summary>ICC_CTLR_EL1.EOImode = 1.</summary>
    public void EndsInTwoSteps(int vcpu = 0) => Cpu(vcpu).Write(SystemRegister.IccCtlr, 2);

    public Deactivation[] Ended()
    {
        var ended = new List<Deactivation>();
        Gic.DrainDeactivated(ended);
        return [.. ended];
    }

    /// <summary>The vCPUs whose line is high.</summary>
    public int[] Signalled() => [.. Enumerable.Range(0, Gic.VcpuCount).Where(vcpu => Cpu(vcpu).IsAsserted)];

    private static int Word(uint intId) => (int)(intId / 32) * 4;

    private (RegisterPort Port, int First) Place(uint intId, int vcpu) =>
        intId < 32 ? (Guest.Gicr(vcpu), SgiBase) : (Guest.Gicd, 0);

    private void WriteBit(int array, uint intId, int vcpu)
    {
        var (port, first) = Place(intId, vcpu);
        port.Write32(first + array + Word(intId), 1UL << (int)(intId % 32));
    }

    private bool ReadBit(int array, uint intId, int vcpu)
    {
        var (port, first) = Place(intId, vcpu);
        return ((port.Read32(first + array + Word(intId)) >> (int)(intId % 32)) & 1) != 0;
    }

    private static void SetBit(RegisterPort port, int offset, uint bit, bool value)
    {
        var others = port.Read32(offset) & ~(1UL << (int)bit);
        port.Write32(offset, others | ((value ? 1UL : 0) << (int)bit));
    }
}
