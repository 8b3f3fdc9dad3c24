namespace ItsService.ReferenceModel;

/// <summary>
/// The LPI side of a GICv3 with ITSs, written to be read beside the specification: dictionaries and loops, nothing
/// remembered that can be computed, no budget. Registers that only store bits for SGIs, PPIs and SPIs are not modelled:
/// SGI_base, and all of the distributor but CTLR, TYPER, IIDR, STATUSR and the identification registers, read 0 here.
/// </summary>
public sealed class ReferenceGic
{
    private readonly Machine _machine;

    /// <summary>A controller in its reset state.</summary>
    public ReferenceGic(ReferenceConfiguration configuration, IReferenceMemory memory)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(memory);
        _machine = new Machine(configuration, memory);
    }

    /// <summary>A guest's load of 1, 2, 4 or 8 bytes; one that the architecture does not allow reads 0.</summary>
    public ulong ReadRegister(ReferenceFrame frame, int index, uint offset, int sizeBytes) => frame switch
    {
        ReferenceFrame.Distributor => _machine.Distributor.Read(offset, sizeBytes),
        ReferenceFrame.Redistributor => _machine.Redistributors[index].Registers.Read(offset, sizeBytes),
        _ => _machine.Itss[index].Registers.Read(offset, sizeBytes),
    };

    /// <summary>
    /// A guest's store of 1, 2, 4 or 8 bytes; one that the architecture does not allow is ignored. What it lets the
    /// command queue do is done on return. A store to GITS_TRANSLATER without a requester has no DeviceID: ignored.
    /// </summary>
    public void WriteRegister(
        ReferenceFrame frame, int index, uint offset, int sizeBytes, ulong value, uint? requester = null)
    {
        var stored = sizeBytes == 8 ? value : value & Bits.Ones((sizeBytes * 8) - 1, 0);
        switch (frame)
        {
            case ReferenceFrame.Distributor:
                _machine.Distributor.Write(offset, sizeBytes, stored);
                break;
            case ReferenceFrame.Redistributor:
                _machine.Redistributors[index].Registers.Write(offset, sizeBytes, stored);
                break;
            default:
                _machine.Itss[index].Registers.Write(offset, sizeBytes, stored, requester);
                break;
        }
    }

    /// <summary>A vCPU's read of an ICC register by its 16-bit encoding; one that is not there reads 0.</summary>
    public ulong ReadSystemRegister(int vcpu, uint encoding) => _machine.CpuInterfaces[vcpu].Read(encoding);

    /// <summary>A vCPU's write of an ICC register by its 16-bit encoding; one that is not there is ignored.</summary>
    public void WriteSystemRegister(int vcpu, uint encoding, ulong value) =>
        _machine.CpuInterfaces[vcpu].Write(encoding, value);

    /// <summary>
    /// A message to an ITS. The LPI is 0 unless the event was found, and the target -1 unless its collection was.
    /// </summary>
    public ReferenceMsiOutcome SignalMsi(int its, uint deviceId, uint eventId, out uint lpi, out int target)
    {
        var translation = _machine.Itss[its].Translation.Message(deviceId, eventId);
        lpi = translation.Lpi;
        target = translation.Target;
        return translation.Outcome;
    }

    /// <summary>Whether a vCPU has something to take at its present priority and mask.</summary>
    public bool IsLineAsserted(int vcpu) => _machine.CpuInterfaces[vcpu].Signalled() is not null;

    /// <summary>The commands in error since the last call, in the order in which they ran.</summary>
    public IReadOnlyList<(int Its, uint QueueOffset, byte Opcode, uint Code, bool Stalled)> TakeCommandErrors()
    {
        var errors = _machine.CommandErrors.ToArray();
        _machine.CommandErrors.Clear();
        return errors;
    }

    /// <summary>The LPIs pending at a vCPU's redistributor.</summary>
    public SortedSet<uint> PendingLpis(int vcpu) => new(_machine.Redistributors[vcpu].Pending);

    /// <summary>An LPI's configuration as last read, or null if it was not or is forgotten.</summary>
    public (bool Enabled, byte Priority)? CachedConfiguration(uint lpi) => _machine.Configurations.Read(lpi);

    /// <summary>The mapped devices of an ITS by DeviceID, as they are now.</summary>
    public IReadOnlyList<ReferenceDevice> MappedDevices(int its) =>
        [.. _machine.Itss[its].Devices.Values.Select(device => device with { Events = new(device.Events) })];

    /// <summary>The mapped collections of an ITS: ICID to vCPU, as they are now.</summary>
    public SortedDictionary<uint, int> MappedCollections(int its) => new(_machine.Itss[its].Collections);

    /// <summary>Everything to its reset state; guest memory is left alone.</summary>
    public void Reset() => _machine.Reset();
}
