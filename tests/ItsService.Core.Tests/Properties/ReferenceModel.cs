using ItsService.Core.Translation;

namespace ItsService.Core.Tests.Properties;

/// <summary>
/// The rules of mapping and pending state written as plainly as can be: dictionaries and sets. Configurations are fixed
/// for the run; collections and devices are those that tables have room for.
/// </summary>
internal sealed class ReferenceModel(int itsCount, int vcpuCount, Func<uint, byte> configurationOf)
{
    private readonly Dictionary<uint, Device>[] _devices = Many<Dictionary<uint, Device>>(itsCount);
    private readonly Dictionary<uint, int>[] _collections = Many<Dictionary<uint, int>>(itsCount);
    private readonly HashSet<uint>[] _pending = Many<HashSet<uint>>(vcpuCount);
    private readonly HashSet<uint>[] _tables = Many<HashSet<uint>>(vcpuCount);
    private readonly Dictionary<uint, (int Its, uint Collection)> _lastMapping = [];
    private readonly bool[] _lpisEnabled = [.. Enumerable.Repeat(true, vcpuCount)];

    /// <summary>Accepted messages, acknowledges, and pending state that commands took away.</summary>
    public (int Pended, int Acknowledged, int Cleared) Account { get; private set; }

    public int PendingCount => _pending.Sum(set => set.Count) + _tables.Sum(set => set.Count);

    public IEnumerable<uint> PendingAt(int vcpu) => _pending[vcpu].Order();

    public uint? BestAt(int vcpu) => _pending[vcpu]
        .Where(lpi => (configurationOf(lpi) & 1) != 0)
        .OrderBy(lpi => configurationOf(lpi) & 0xFC).ThenBy(lpi => lpi)
        .Select(lpi => (uint?)lpi).FirstOrDefault();

    public void MapDevice(int its, uint device, int bits) => _devices[its][device] = new Device(bits, []);

    public void UnmapDevice(int its, uint device) => _devices[its].Remove(device);

    public void MapCollection(int its, uint collection, int vcpu)
    {
        if (vcpu >= vcpuCount)
        {
            return;
        }

        if (_collections[its].TryGetValue(collection, out var source) && source != vcpu && _lpisEnabled[vcpu])
        {
            foreach (var lpi in _pending[source].Where(lpi => IsMappedLastThrough(lpi, its, collection)).ToArray())
            {
                _pending[source].Remove(lpi);
                AddMerged(vcpu, lpi);
            }
        }

        _collections[its][collection] = vcpu;
    }

    public void UnmapCollection(int its, uint collection) => _collections[its].Remove(collection);

    public void MapEvent(int its, uint device, uint eventId, uint lpi, uint collection)
    {
        if (_devices[its].TryGetValue(device, out var mapped) && eventId < 1u << mapped.Bits)
        {
            mapped.Events[eventId] = (lpi, collection);
            _lastMapping[lpi] = (its, collection);
        }
    }

    public void Move(int its, uint device, uint eventId, uint collection)
    {
        if (Target(its, device, eventId, out var lpi) is { } source
            && _collections[its].TryGetValue(collection, out var target))
        {
            _devices[its][device].Events[eventId] = (lpi, collection);
            _lastMapping[lpi] = (its, collection);
            if (source != target && _lpisEnabled[target] && _pending[source].Remove(lpi))
            {
                AddMerged(target, lpi);
            }
        }
    }

    public void MoveAll(int from, int to)
    {
        if (from < vcpuCount && to < vcpuCount && from != to && _lpisEnabled[to])
        {
            foreach (var lpi in _pending[from].ToArray())
            {
                _pending[from].Remove(lpi);
                AddMerged(to, lpi);
            }
        }
    }

    public void Clear(int its, uint device, uint eventId)
    {
        if (Target(its, device, eventId, out var lpi) is { } target && _pending[target].Remove(lpi))
        {
            Count(cleared: 1);
        }
    }

    public void Discard(int its, uint device, uint eventId)
    {
        if (Target(its, device, eventId, out _) is not null)
        {
            Clear(its, device, eventId);
            _devices[its][device].Events.Remove(eventId);
        }
    }

    public MsiOutcome Signal(int its, uint device, uint eventId)
    {
        if (!_devices[its].TryGetValue(device, out var mapped))
        {
            return MsiOutcome.DroppedDeviceUnmapped;
        }

        if (eventId >= 1u << mapped.Bits)
        {
            return MsiOutcome.DroppedEventOutOfRange;
        }

        if (!mapped.Events.TryGetValue(eventId, out var entry))
        {
            return MsiOutcome.DroppedEventUnmapped;
        }

        if (!_collections[its].TryGetValue(entry.Collection, out var target))
        {
            return MsiOutcome.DroppedCollectionUnmapped;
        }

        if (!_lpisEnabled[target])
        {
            return MsiOutcome.DroppedLpisDisabled;
        }

        if (!_pending[target].Add(entry.Lpi))
        {
            return MsiOutcome.Coalesced;
        }

        Count(pended: 1);
        return MsiOutcome.Pended;
    }

    public uint Acknowledge(int vcpu)
    {
        if (BestAt(vcpu) is not { } lpi)
        {
            return 1023;
        }

        _pending[vcpu].Remove(lpi);
        Count(acknowledged: 1);
        return lpi;
    }

    public void EnableLpis(int vcpu, bool isEnabled)
    {
        if (isEnabled == _lpisEnabled[vcpu])
        {
            return;
        }

        // What leaves the one goes to the other.
        _lpisEnabled[vcpu] = isEnabled;
        (_pending[vcpu], _tables[vcpu]) = (_tables[vcpu], _pending[vcpu]);
    }

    private bool IsMappedLastThrough(uint lpi, int its, uint collection) =>
        _lastMapping[lpi] == (its, collection)
        && _devices.Any(devices => devices.Values.Any(device => device.Events.Values.Any(e => e.Lpi == lpi)));

    /// <summary>Two pending instances of one LPI at two redistributors become one when they meet.</summary>
    private void AddMerged(int vcpu, uint lpi) => Count(cleared: _pending[vcpu].Add(lpi) ? 0 : 1);

    private void Count(int pended = 0, int acknowledged = 0, int cleared = 0) =>
        Account = (Account.Pended + pended, Account.Acknowledged + acknowledged, Account.Cleared + cleared);

    private static T[] Many<T>(int count)
        where T : new() =>
        [.. Enumerable.Range(0, count).Select(_ => new T())];

    private int? Target(int its, uint device, uint eventId, out uint lpi)
    {
        lpi = 0;
        if (_devices[its].TryGetValue(device, out var mapped) && mapped.Events.TryGetValue(eventId, out var entry))
        {
            lpi = entry.Lpi;
            return _collections[its].TryGetValue(entry.Collection, out var target) ? target : null;
        }

        return null;
    }

    private sealed record Device(int Bits, Dictionary<uint, (uint Lpi, uint Collection)> Events);
}
