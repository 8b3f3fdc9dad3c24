using ItsService.Core;
using ItsService.Core.CpuInterface;
using ItsService.Fuzz.Machines;

namespace ItsService.Fuzz.Oracles;

/// <summary>
/// Whether a register can have a value: a guest writes it into a machine that is new, and looks. It is slow, and cannot
/// be wrong about what a guest could have brought about.
/// </summary>
internal sealed class RegisterEcho(VirtualGicConfiguration shape)
{
    private const ulong PendingTableZero = 1UL << 62;

    private readonly Machine _machine = new(shape, new FuzzMemory());
    private readonly Machine _unchanged = new(shape, new FuzzMemory());

    public bool HoldsCbaser(ulong value) => value == 0 || Its(Offsets.Cbaser, value) == value;

    public bool HoldsBaser(int number, ulong value) =>
        value == _unchanged.ReadIts(0, Offsets.Baser(number))
        || Its(Offsets.Baser(number), value) == value;

    /// <summary>Whether an ITS with these registers becomes enabled.</summary>
    public bool CanBeEnabled(ulong cbaser, ulong deviceBaser, ulong collectionBaser)
    {
        Its(Offsets.Cbaser, cbaser);
        Its(Offsets.Baser(0), deviceBaser);
        Its(Offsets.Baser(1), collectionBaser);
        _machine.WriteIts(0, Offsets.Ctlr, 1, 4);
        var isEnabled = (_machine.ReadIts(0, Offsets.Ctlr, 4) & 1) == 1;
        _machine.WriteIts(0, Offsets.Ctlr, 0, 4);
        return isEnabled;
    }

    public bool HoldsPropbaser(ulong value) =>
        value == 0 || value == shape.Profile.LpiBaserReset || Redistributor(Offsets.Propbaser, value, 8) == value;

    /// <summary>PTZ can be written and reads 0.</summary>
    public bool HoldsPendbaser(ulong value) =>
        value == shape.Profile.LpiBaserReset
        || Redistributor(Offsets.Pendbaser, value, 8) == (value & ~PendingTableZero);

    public bool CanSleep()
    {
        var sleeps = Redistributor(Offsets.Waker, 2, 4) != 0;
        Redistributor(Offsets.Waker, 0, 4);
        return sleeps;
    }

    /// <summary>32 INTIDs, by their registers of priority and configuration; bank 0 is the redistributor's.</summary>
    public bool HoldsBank(int bank, ReadOnlySpan<byte> priorities, ReadOnlySpan<uint> configuration)
    {
        for (var index = 0; index < priorities.Length; index += 4)
        {
            var value = BitConverter.ToUInt32(priorities[index..]);
            if (Bank(bank, Offsets.Ipriorityr + (32 * bank) + index, value) != value)
            {
                return false;
            }
        }

        for (var index = 0; index < configuration.Length; index++)
        {
            if (Bank(bank, Offsets.Icfgr + (8 * bank) + (4 * index), configuration[index]) != configuration[index])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Where an SPI goes, by its GICD_IROUTER; 0 is that of INTID 32.</summary>
    public bool HoldsRoute(int number, ulong value)
    {
        var offset = Offsets.Irouter + (8 * number);
        _machine.WriteDistributor(offset, value, 8);
        return _machine.ReadDistributor(offset, 8) == value;
    }

    public bool HoldsGroup0Enable()
    {
        _machine.WriteDistributor(0, 1);
        return (_machine.ReadDistributor(0) & 1) == 1;
    }

    /// <summary>A register of the CPU interface; of ICC_CTLR_EL1 the bits that can be written.</summary>
    public bool HoldsCpu(SystemRegister register, ulong value)
    {
        _machine.WriteCpu(0, SystemRegister.IccCtlr, 0);
        _machine.WriteCpu(0, register, value);
        var read = _machine.ReadCpu(0, register);
        return register == SystemRegister.IccCtlr ? (read & 3) == value : read == value;
    }

    private ulong Its(int offset, ulong value)
    {
        _machine.WriteIts(0, offset, value);
        return _machine.ReadIts(0, offset);
    }

    private ulong Redistributor(int offset, ulong value, int sizeBytes)
    {
        _machine.WriteRedistributor(0, offset, value, sizeBytes);
        return _machine.ReadRedistributor(0, offset, sizeBytes);
    }

    /// <summary>Bank 0 is the redistributor's.</summary>
    private ulong Bank(int bank, int offset, uint value)
    {
        if (bank == 0)
        {
            return Redistributor(Offsets.SgiBase + offset, value, 4);
        }

        _machine.WriteDistributor(offset, value);
        return _machine.ReadDistributor(offset);
    }
}
