using ItsService.Core.State;
using ItsService.Fuzz.Machines;

namespace ItsService.Fuzz.Oracles;

/// <summary>What the tables of an ITS say: its mappings, or what is wrong, or that they are too large.</summary>
/// <param name="Problem">What is wrong first; null where nothing is.</param>
/// <param name="IsGivenUp">Whether there was too much to look at.</param>
/// <param name="Collections">The collections that are mapped, by ICID.</param>
/// <param name="Devices">The devices, by DeviceID.</param>
internal sealed record SlowReading(
    string? Problem, bool IsGivenUp, IReadOnlyList<CollectionState> Collections, IReadOnlyList<DeviceState> Devices);

/// <summary>What a restore of tables goes by.</summary>
/// <param name="DeviceBaser">GITS_BASER0.</param>
/// <param name="CollectionBaser">GITS_BASER1.</param>
/// <param name="Propbasers">GICR_PROPBASER as it is in force at each vCPU.</param>
internal sealed record TableRegisters(ulong DeviceBaser, ulong CollectionBaser, IReadOnlyList<ulong> Propbasers);

/// <summary>
/// Reads the tables of an ITS out of guest memory (tables 6.8), an entry at a time and with nothing remembered, and
/// stops at the first thing that is wrong. It is there to be compared with the reader of the model.
/// </summary>
internal sealed class SlowTables(Machine machine, TableRegisters registers)
{
    private const int SlotsMax = 1 << 17;
    private const int OverlapsMax = 256;
    private const uint FirstLpi = 8192;

    private readonly TableGeometry _deviceTable = new(registers.DeviceBaser);
    private readonly TableGeometry _collectionTable = new(registers.CollectionBaser);
    private readonly List<CollectionState> _collections = [];
    private readonly HashSet<ulong> _collectionsThere = [];
    private readonly List<DeviceState> _devices = [];
    private int _slots;
    private bool _isLast;

    private Core.Profiles.GicProfile Profile => machine.Shape.Profile;

    /// <summary>Reads them.</summary>
    public SlowReading Read()
    {
        var problem = ReadCollections() ?? ReadDevices() ?? FindOverlap();
        return new SlowReading(
            problem,
            _slots > SlotsMax || _devices.Count > OverlapsMax,
            [.. _collections.OrderBy(entry => entry.Collection)],
            _devices);
    }

    private string? ReadCollections()
    {
        for (var slot = 0UL; slot < _collectionTable.Capacity && _slots++ <= SlotsMax; slot++)
        {
            if (Locate(_collectionTable, slot) is not { } address || !IsWritable(address)
                || machine.Memory.Peek(address) is not { } entry)
            {
                return "a slot of the collection table is not in RAM";
            }

            if (entry >> 63 == 0)
            {
                return null;
            }

            if (Take(entry) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    private string? Take(ulong entry)
    {
        var (collection, target) = (entry & 0xFFFF, (entry >> 16) & 0xFFFF_FFFF);
        var isMapped = target != 0xFFFF_FFFF;
        var room = 1UL << Profile.CollectionIdBits;
        room = isMapped ? Math.Min(room, (ulong)Profile.HardwareCollections + _collectionTable.Capacity) : room;
        if (collection >= room || (isMapped && target >= (ulong)machine.VcpuCount)
            || !_collectionsThere.Add(collection))
        {
            return "a collection";
        }

        if (isMapped)
        {
            _collections.Add(new CollectionState((uint)collection, (int)target));
        }

        return null;
    }

    private string? ReadDevices()
    {
        if (!_deviceTable.IsValid)
        {
            return null;
        }

        if (!_deviceTable.IsTwoLevel)
        {
            return ReadStretch(_deviceTable.Address, 0, _deviceTable.Capacity);
        }

        var pages = new HashSet<ulong>();
        for (var index = 0UL; index < _deviceTable.Level1Count && !_isLast && _slots++ <= SlotsMax; index++)
        {
            if (machine.Memory.Peek(_deviceTable.Address + (8 * index)) is not { } entry)
            {
                return "a level-1 entry is not in RAM";
            }

            if (entry >> 63 == 0)
            {
                continue;
            }

            var page = _deviceTable.PageAddress(entry);
            var isOverLevel1 = page < _deviceTable.Address + _deviceTable.TableBytes
                && _deviceTable.Address < page + _deviceTable.PageBytes;
            var problem = !pages.Add(page) || isOverLevel1
                ? "a level-2 page"
                : ReadStretch(page, index * _deviceTable.EntriesPerPage, _deviceTable.EntriesPerPage);
            if (problem is not null)
            {
                return problem;
            }
        }

        return null;
    }

    private string? ReadStretch(ulong address, ulong first, ulong count)
    {
        for (var offset = 0UL; offset < count && !_isLast && _slots++ <= SlotsMax;)
        {
            if (machine.Memory.Peek(address + (offset * _deviceTable.EntryBytes)) is not { } entry)
            {
                return "a device table entry is not in RAM";
            }

            if (entry >> 63 == 0)
            {
                offset++;
                continue;
            }

            var (id, next) = (first + offset, (entry >> 49) & 0x3FFF);
            if (ReadDevice(id, entry) is { } problem)
            {
                return problem;
            }

            if (id + next >= _deviceTable.Capacity)
            {
                return "next of a device";
            }

            _isLast = next == 0;
            offset += next;
        }

        return null;
    }

    private string? ReadDevice(ulong id, ulong entry)
    {
        var (bits, itt) = ((int)(entry & 0x1F) + 1, (entry & 0x0001_FFFF_FFFF_FFE0) << 3);
        if (id >> Profile.DeviceIdBits != 0 || bits > Profile.EventIdBits)
        {
            return "a device";
        }

        var events = new List<EventState>();
        for (var eventId = 0UL; eventId < 1UL << bits && _slots++ <= SlotsMax;)
        {
            if (machine.Memory.Peek(itt + (8 * eventId)) is not { } mapping)
            {
                return "a translation table entry is not in RAM";
            }

            var (lpi, next) = ((uint)(mapping >> 16), mapping >> 48);
            if (lpi == 0)
            {
                eventId++;
                continue;
            }

            if (!IsLpi(lpi) || !IsCollection(mapping & 0xFFFF) || !HasConfiguration(lpi, (uint)(mapping & 0xFFFF)))
            {
                return "an event";
            }

            events.Add(new EventState((uint)eventId, lpi, (uint)(mapping & 0xFFFF)));
            if (next == 0)
            {
                break;
            }

            if (eventId + next >= 1UL << bits)
            {
                return "next of an event";
            }

            eventId += next;
        }

        _devices.Add(new DeviceState((uint)id, itt, bits, events.ToArray()));
        return null;
    }

    private bool IsLpi(uint lpi) => lpi >= FirstLpi && lpi < 1UL << Profile.IntIdBits
        && (!Profile.MaptiNeedsConfiguration || registers.Propbasers.Any(table => Covers(table, lpi)));

    private static bool Covers(ulong propbaser, uint lpi) => lpi < 2UL << (int)(propbaser & 0x1F);

    private bool IsCollection(ulong collection) => _collectionTable.IsValid
        ? _collectionsThere.Contains(collection)
        : collection >> Profile.CollectionIdBits == 0;

    /// <summary>
    /// The byte of the configuration table of the vCPU that the collection targets, or else of the first whose table
    /// covers the LPI.
    /// </summary>
    private bool HasConfiguration(uint lpi, uint collection)
    {
        if (!Profile.MaptiNeedsConfiguration)
        {
            return true;
        }

        var tables = registers.Propbasers;
        var target = _collections.Where(entry => entry.Collection == collection).Select(entry => tables[entry.Vcpu]);
        var table = target.Concat(tables).First(propbaser => Covers(propbaser, lpi));
        return machine.Memory.PeekByte((table & 0x000F_FFFF_FFFF_F000) + (lpi - FirstLpi)) is not null;
    }

    private string? FindOverlap()
    {
        foreach (var device in _devices.Take(OverlapsMax))
        {
            foreach (var other in _devices.Take(OverlapsMax))
            {
                if (device != other && device.IttAddress < other.IttAddress + (8UL << other.EventIdBits)
                    && other.IttAddress < device.IttAddress + (8UL << device.EventIdBits))
                {
                    return "two translation tables over one another";
                }
            }
        }

        return null;
    }

    /// <summary>The place of an entry of a flat or two-level table; null where no page is given for it.</summary>
    private ulong? Locate(TableGeometry table, ulong number)
    {
        if (!table.IsTwoLevel)
        {
            return table.Address + (number * table.EntryBytes);
        }

        return machine.Memory.Peek(table.Address + (8 * (number / table.EntriesPerPage))) is { } entry
            && entry >> 63 == 1
                ? table.PageAddress(entry) + (number % table.EntriesPerPage * table.EntryBytes)
                : null;
    }

    private bool IsWritable(ulong address) =>
        machine.Memory.ProbeForWriting(new(new(address), _collectionTable.EntryBytes)).IsOk;
}
