namespace ItsService.ReferenceModel;

/// <summary>
/// The architecture's configuration cache, one for the VM: decision 0002. For each LPI that an event maps or that is
/// pending somewhere the byte as last read; for each one that an event maps the collection that it was given last.
/// </summary>
internal sealed class LpiConfigurations(Machine machine)
{
    private readonly Dictionary<uint, byte> _bytes = [];
    private readonly Dictionary<uint, (int Its, uint CollectionId)> _collections = [];

    public void Reset()
    {
        _bytes.Clear();
        _collections.Clear();
    }

    /// <summary>
    /// Done after whatever may unmap an event or end a pending state: an LPI that no event maps has no collection, and
    /// one that is pending nowhere either is forgotten with its byte.
    /// </summary>
    public void ForgetWhatIsNowhere()
    {
        var mapped = MappedLpis();
        var somewhere = new HashSet<uint>(mapped);
        foreach (var redistributor in machine.Redistributors)
        {
            somewhere.UnionWith(redistributor.Pending);
        }

        foreach (var lpi in _collections.Keys.Where(lpi => !mapped.Contains(lpi)).ToList())
        {
            _collections.Remove(lpi);
        }

        foreach (var lpi in _bytes.Keys.Where(lpi => !somewhere.Contains(lpi)).ToList())
        {
            _bytes.Remove(lpi);
        }
    }

    /// <summary>tables 9: bit 0 enables, [7:2] are the priority.</summary>
    public (bool Enabled, byte Priority)? Read(uint lpi) =>
        _bytes.TryGetValue(lpi, out var value) ? ((value & 1) != 0, (byte)(value & 0xFC)) : null;

    public IReadOnlyCollection<uint> ReadLpis => _bytes.Keys;

    public bool IsRead(uint lpi) => _bytes.ContainsKey(lpi);

    public void Store(uint lpi, byte value) => _bytes[lpi] = value;

    /// <summary>MAPTI, MAPI and MOVI: the last of them counts, also when several events map the LPI.</summary>
    public void GiveCollection(uint lpi, int its, uint collectionId) => _collections[lpi] = (its, collectionId);

    public IEnumerable<uint> LpisOf(int its, uint collectionId) =>
        _collections.Where(entry => entry.Value == (its, collectionId)).Select(entry => entry.Key);

    /// <summary>The vCPU that an LPI's collection targets, as collections are mapped now.</summary>
    public int? TargetOf(uint lpi) =>
        _collections.TryGetValue(lpi, out var collection)
        && machine.Itss[collection.Its].Collections.TryGetValue(collection.CollectionId, out var target)
            ? target
            : null;

    public IEnumerable<uint> LpisThatTarget(int vcpu) => _collections.Keys.Where(lpi => TargetOf(lpi) == vcpu);

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

    /// <summary>An LPI comes to another redistributor, by MOVI, MAPC, MOVALL or SETLPIR, and is read there.</summary>
    public void RefreshAtArrival(Redistributor destination, uint lpi)
    {
        if (destination.LpisEnabled)
        {
            Refresh(destination, lpi);
        }
    }

    /// <summary>INVALL and INVALLR: docs/command-errors.md, "INVALL".</summary>
    public void RefreshAll(int vcpu)
    {
        var lpis = new SortedSet<uint>(LpisThatTarget(vcpu));
        lpis.UnionWith(machine.Redistributors[vcpu].Pending);
        foreach (var lpi in lpis)
        {
            Refresh(machine.Redistributors[vcpu], lpi);
        }
    }

    private HashSet<uint> MappedLpis() =>
    [
        .. machine.Itss
            .SelectMany(its => its.Devices.Values)
            .SelectMany(device => device.Events.Values)
            .Select(mapped => mapped.Lpi),
    ];
}
