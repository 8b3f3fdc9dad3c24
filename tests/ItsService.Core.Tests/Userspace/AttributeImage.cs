using ItsService.Core.CpuInterface;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Userspace;

/// <summary>
/// All registers that a VMM saves, read one by one while the VM is Paused, and written to another one in the order that
/// VMMs use (kvm-uapi section 6). The ITSs' mappings are in guest memory then, and so is what is pending.
/// </summary>
internal sealed class AttributeImage
{
    private const int SgiBase = 0x1_0000;

    private static readonly int[] GicrWords =
    [
        0x14, SgiBase + 0x80, SgiBase + 0x100, SgiBase + 0x200, SgiBase + 0x300, SgiBase + 0xC00, SgiBase + 0xC04,
        .. Enumerable.Range(0, 8).Select(number => SgiBase + 0x400 + (number * 4)),
    ];

    private static readonly int[] GicrBases = [GicrOffset.Propbaser, GicrOffset.Pendbaser];

    // What holds state of the first SPIs, which stands for them all.
    private static readonly int[] GicdWords =
    [
        0, 0x84, 0x104, 0x204, 0x304, 0xC08, 0xC0C,
        .. Enumerable.Range(8, 8).Select(number => 0x400 + (number * 4)),
        .. Enumerable.Range(0, 4).Select(number => 0x6100 + (number * 4)),
    ];

    public static readonly SystemRegister[] CpuRegisters =
    [
        SystemRegister.IccPmr, SystemRegister.IccBpr0, SystemRegister.IccBpr1, SystemRegister.IccCtlr,
        SystemRegister.IccSre, SystemRegister.IccIgrpen0, SystemRegister.IccIgrpen1,
        SystemRegister.IccAp0R0, SystemRegister.IccAp1R0,
    ];

    private readonly List<Action<AttributePort>> _others = [];
    private readonly List<Action<AttributePort>> _ofLpis = [];
    private readonly Dictionary<(int Its, int Offset), ulong> _its = [];
    private int _itsCount;

    public ulong Its(int its, int offset) => _its[(its, offset)];

    public static AttributeImage Of(Guest guest)
    {
        var image = new AttributeImage { _itsCount = guest.Options.ItsCount };
        var port = new AttributePort(guest);
        foreach (var offset in GicdWords)
        {
            var value = port.ReadGicd(offset);
            image._others.Add(to => to.WriteGicd(offset, value));
        }

        for (var vcpu = 0; vcpu < guest.Options.VcpuCount; vcpu++)
        {
            image.TakeVcpu(port, vcpu);
        }

        foreach (var its in Enumerable.Range(0, guest.Options.ItsCount))
        {
            foreach (var offset in ItsSteps.Offsets)
            {
                image._its[(its, offset)] = port.ReadIts(its, offset);
            }
        }

        return image;
    }

    /// <summary>The distributor, the CPU interfaces, and of redistributors what has nothing to do with LPIs.</summary>
    public void WriteOthers(AttributePort to) => _others.ForEach(write => write(to));

    /// <summary>GICR_PROPBASER and GICR_PENDBASER of all vCPUs, then GICR_CTLR.</summary>
    public void WriteLpiRegisters(AttributePort to) => _ofLpis.ForEach(write => write(to));

    public void WriteIts(AttributePort to, int its)
    {
        foreach (var step in ItsSteps.All)
        {
            step.Write(to, its, this);
        }
    }

    public void WriteAll(AttributePort to)
    {
        WriteOthers(to);
        WriteLpiRegisters(to);
        for (var its = 0; its < _itsCount; its++)
        {
            WriteIts(to, its);
        }
    }

    private void TakeVcpu(AttributePort port, int vcpu)
    {
        foreach (var offset in GicrBases)
        {
            var value = port.ReadGicr64(vcpu, offset);
            _ofLpis.Add(to => to.WriteGicr64(vcpu, offset, value));
        }

        var control = port.ReadGicr(vcpu, GicrOffset.Ctlr);
        _ofLpis.Add(to => to.WriteGicr(vcpu, GicrOffset.Ctlr, control));
        foreach (var offset in GicrWords)
        {
            var value = port.ReadGicr(vcpu, offset);
            _others.Add(to => to.WriteGicr(vcpu, offset, value));
        }

        foreach (var register in CpuRegisters)
        {
            var value = port.ReadCpu(vcpu, register);
            _others.Add(to => to.WriteCpu(vcpu, register, value));
        }
    }
}
