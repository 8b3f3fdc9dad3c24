namespace ItsService.ReferenceModel;

/// <summary>
/// A GICv3 with ITSs, written to be read beside the specification: dictionaries and loops, nothing remembered that can
/// be computed, no budget.
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
    /// command queue do is done on return, unless commands run only when told. A store to GITS_TRANSLATER with a
    /// requester is a message, and what became of it is returned; without a requester it has no DeviceID: ignored.
    /// </summary>
    public ReferenceMessage? WriteRegister(
        ReferenceFrame frame, int index, uint offset, int sizeBytes, ulong value, uint? requester = null)
    {
        var stored = sizeBytes == 8 ? value : value & Bits.Ones((sizeBytes * 8) - 1, 0);
        switch (frame)
        {
            case ReferenceFrame.Distributor:
                _machine.Distributor.Write(offset, sizeBytes, stored);
                return null;
            case ReferenceFrame.Redistributor:
                _machine.Redistributors[index].Registers.Write(offset, sizeBytes, stored);
                return null;
            default:
                return _machine.Itss[index].Registers.Write(offset, sizeBytes, stored, requester);
        }
    }

    /// <summary>Whether commands of an ITS wait that may run now.</summary>
    public bool HasCommands(int its) => _machine.Itss[its].Queue.HasWork();

    /// <summary>
    /// Runs so many of an ITS's waiting commands, or as many as may run, and tells how each ended. Of use with
    /// <see cref="ReferenceConfiguration.CommandsRunOnlyWhenTold"/>.
    /// </summary>
    public IReadOnlyList<ReferenceCommand> RunCommands(int its, int count) => _machine.Itss[its].Queue.Run(count);

    /// <summary>A vCPU's read of an ICC register by its 16-bit encoding; one that is not there reads 0.</summary>
    public ulong ReadSystemRegister(int vcpu, uint encoding) => _machine.CpuInterfaces[vcpu].Read(encoding);

    /// <summary>A vCPU's write of an ICC register by its 16-bit encoding; one that is not there is ignored.</summary>
    public void WriteSystemRegister(int vcpu, uint encoding, ulong value) =>
        _machine.CpuInterfaces[vcpu].Write(encoding, value);

    /// <summary>
    /// A device's line to an SPI, which the controller must have, with a wish to be told of the end or without.
    /// </summary>
    public void SetSpiLine(uint spi, bool isHigh, bool notifiesEnd) =>
        SetLine(_machine.Distributor.Spis[spi], isHigh, notifiesEnd);

    /// <summary>The same of a PPI, INTID 16 to 31, of one vCPU.</summary>
    public void SetPpiLine(int vcpu, uint ppi, bool isHigh, bool notifiesEnd) =>
        SetLine(_machine.Redistributors[vcpu].Interrupts[ppi], isHigh, notifiesEnd);

    /// <summary>The ends that devices wanted to be told of since the last call; of a PPI, whose it is.</summary>
    public IReadOnlyList<(uint IntId, int? Vcpu)> TakeEnds() => Take(_machine.Ends);

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

    /// <summary>Whether a vCPU would find an interrupt if it acknowledged now.</summary>
    public bool IsLineAsserted(int vcpu) => _machine.CpuInterfaces[vcpu].Signalled() is not null;

    /// <summary>The commands in error since the last call, in the order in which they ran.</summary>
    public IReadOnlyList<(int Its, uint QueueOffset, byte Opcode, uint Code, bool Stalled)> TakeCommandErrors() =>
        Take(_machine.CommandErrors);

    /// <summary>What became of the LPIs that GICR_SETLPIR named since the last call.</summary>
    public IReadOnlyList<ReferenceDirectLpi> TakeDirectLpis() => Take(_machine.DirectLpis);

    /// <summary>The writes since the last call that were most likely meant as messages, and are none.</summary>
    public IReadOnlyList<ReferenceDoorbellWrite> TakeIgnoredDoorbellWrites() => Take(_machine.IgnoredDoorbellWrites);

    /// <summary>How many pending LPIs there was no pending table for when LPIs were disabled.</summary>
    public long LostLpis => _machine.LostLpis;

    /// <summary>The LPIs pending at a vCPU's redistributor; a view, which follows what happens.</summary>
    public IReadOnlySet<uint> PendingLpis(int vcpu) => _machine.Redistributors[vcpu].Pending;

    /// <summary>An LPI's configuration as last read, or null if it was not or is forgotten.</summary>
    public (bool Enabled, byte Priority)? CachedConfiguration(uint lpi) => _machine.Configurations.Read(lpi);

    /// <summary>The LPIs whose configuration was ever read, in no order; a view.</summary>
    public IReadOnlyCollection<uint> ConfiguredLpis => _machine.Configurations.ReadLpis;

    /// <summary>The mapped devices of an ITS by DeviceID; a view.</summary>
    public IReadOnlyCollection<ReferenceDevice> MappedDevices(int its) => _machine.Itss[its].Devices.Values;

    /// <summary>The mapped collections of an ITS: ICID to vCPU; a view.</summary>
    public IReadOnlyDictionary<uint, int> MappedCollections(int its) => _machine.Itss[its].Collections;

    /// <summary>Everything to its reset state; guest memory is left alone.</summary>
    public void Reset() => _machine.Reset();

    private static void SetLine(Interrupt interrupt, bool isHigh, bool notifiesEnd)
    {
        interrupt.SetLine(isHigh);
        interrupt.NotifiesEnd = notifiesEnd;
    }

    private static T[] Take<T>(List<T> all)
    {
        var taken = all.ToArray();
        all.Clear();
        return taken;
    }
}
