namespace ItsService.ReferenceModel;

/// <summary>
/// The architecture's configuration cache, one for the VM: decision 0002. For each LPI the byte as last read, and the
/// collection through which it was last mapped; both stay when the event is unmapped. An LPI is known once it was read,
/// mapped or pending (docs/command-errors.md, "Words").
/// </summary>
internal sealed class LpiConfigurations(Machine machine)
{
    private readonly Dictionary<uint, byte> _bytes = [];
    private readonly Dictionary<uint, (int Its, uint CollectionId)> _lastMappings = [];

    private readonly HashSet<uint> _known = [];

    public void Reset()
    {
        _known.Clear();
        _bytes.Clear();
        _lastMappings.Clear();
    }

    /// <summary>tables 9: bit 0 enables, [7:2] are the priority.</summary>
    public (bool Enabled, byte Priority)? Read(uint lpi) =>
        _bytes.TryGetValue(lpi, out var value) ? ((value & 1) != 0, (byte)(value & 0xFC)) : null;

    public IReadOnlyCollection<uint> ReadLpis => _bytes.Keys;

    public bool IsRead(uint lpi) => _bytes.ContainsKey(lpi);

    public void Store(uint lpi, byte value)
    {
        _known.Add(lpi);
        _bytes[lpi] = value;
    }

    public void Map(uint lpi, int its, uint collectionId)
    {
        _known.Add(lpi);
        _lastMappings[lpi] = (its, collectionId);
    }

    /// <summary>An LPI that is pending now.</summary>
    public void NotePending(uint lpi) => _known.Add(lpi);

    public bool IsLastMappedThrough(uint lpi, int its, uint collectionId) =>
        _lastMappings.TryGetValue(lpi, out var mapping) && mapping == (its, collectionId);

    public IEnumerable<uint> LastMappedThrough(int its, uint collectionId) =>
        _lastMappings.Where(entry => entry.Value == (its, collectionId)).Select(entry => entry.Key);

    /// <summary>The LPIs whose last mapping leads to a vCPU, through collections as they are mapped now.</summary>
    public IEnumerable<uint> LastMappingLeadsTo(int vcpu) =>
        _lastMappings
            .Where(entry => TargetOf(entry.Value) == vcpu)
            .Select(entry => entry.Key);

    /// <summary>The LPIs known that no event was ever mapped to.</summary>
    public IEnumerable<uint> NeverMapped() => _known.Where(lpi => !_lastMappings.ContainsKey(lpi));

    /// <summary>docs/command-errors.md, "The reader" of an LPI's configuration.</summary>
    public Redistributor? Reader(int? target, uint lpi)
    {
        if (target is { } vcpu && machine.Redistributors[vcpu].InRange(lpi))
        {
            return machine.Redistributors[vcpu];
        }

        return machine.Redistributors.FirstOrDefault(redistributor => redistributor.InRange(lpi));
    }

    /// <summary>Reads again; what is out of range at the reader, or cannot be read, stays as it was.</summary>
    public void Refresh(Redistributor? reader, uint lpi)
    {
        if (reader is not null && reader.InRange(lpi) && reader.TryReadConfiguration(lpi, out var value))
        {
            Store(lpi, value);
        }
    }

    /// <summary>
    /// MAPC, MOVI and SETLPIR read only what nobody has read yet, where the LPI comes to and is enabled: decision 0002.
    /// </summary>
    public void RefreshIfNeverRead(Redistributor target, uint lpi)
    {
        if (!IsRead(lpi) && target.LpisEnabled)
        {
            Refresh(target, lpi);
        }
    }

    /// <summary>INVALL and INVALLR: docs/command-errors.md, "INVALL".</summary>
    public void RefreshAll(int vcpu)
    {
        var lpis = new SortedSet<uint>(LastMappingLeadsTo(vcpu));
        lpis.UnionWith(machine.Redistributors[vcpu].Pending);
        lpis.UnionWith(NeverMapped());
        foreach (var lpi in lpis)
        {
            Refresh(machine.Redistributors[vcpu], lpi);
        }
    }

    private int? TargetOf((int Its, uint CollectionId) mapping) =>
        machine.Itss[mapping.Its].Collections.TryGetValue(mapping.CollectionId, out var target) ? target : null;
}
