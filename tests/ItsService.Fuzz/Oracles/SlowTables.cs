using ItsService.Core.GuestTables;
using ItsService.Core.State;
using ItsService.Fuzz.Machines;

namespace ItsService.Fuzz.Oracles;

/// <summary>What is wrong with tables, and of what sort it is.</summary>
internal sealed record SlowProblem(RestoreProblemKind Kind, string What);

/// <summary>What the tables of an ITS say: its mappings, or what is wrong, or that they are too large.</summary>
/// <param name="Problem">What is wrong first; null where nothing is.</param>
/// <param name="IsGivenUp">Whether there was too much to look at.</param>
/// <param name="Collections">The collections that are mapped, by ICID.</param>
/// <param name="Devices">The devices, by DeviceID.</param>
/// <param name="Pages">The pages of the second level that were read.</param>
internal sealed record SlowReading(
    SlowProblem? Problem,
    bool IsGivenUp,
    IReadOnlyList<CollectionState> Collections,
    IReadOnlyList<DeviceState> Devices,
    IReadOnlyList<SlowPage> Pages);

/// <summary>
/// Reads the tables of an ITS out of guest memory (tables 6.8), an entry at a time and with nothing remembered, and
/// stops at the first thing that is wrong. It is there to be compared with the reader of the model.
/// </summary>
/// <param name="machine">The machine.</param>
/// <param name="registers">What the ITS's registers will be.</param>
/// <param name="propbasers">GICR_PROPBASER as it will be in force at each vCPU.</param>
internal sealed class SlowTables(Machine machine, ItsRegisters registers, IReadOnlyList<ulong> propbasers)
{
    private const int SlotsMax = 1 << 17;
    private const uint FirstLpi = 8192;

    private readonly TableGeometry _deviceTable = registers.DeviceTable;
    private readonly TableGeometry _collectionTable = registers.CollectionTable;
    private readonly List<CollectionState> _collections = [];
    private readonly HashSet<ulong> _collectionsThere = [];
    private readonly List<DeviceState> _devices = [];
    private readonly List<SlowPage> _pages = [];
    private int _slots;
    private bool _isLast;

    private Core.Profiles.GicProfile Profile => machine.Shape.Profile;

    /// <summary>Reads them.</summary>
    public SlowReading Read()
    {
        var problem = ReadCollections() ?? ReadDevices();
        return new SlowReading(
            problem,
            _slots > SlotsMax,
            [.. _collections.OrderBy(entry => entry.Collection)],
            _devices,
            _pages);
    }

    /// <summary>Up to a slot that is not valid, or that has no page since its level-1 entry is not valid.</summary>
    private SlowProblem? ReadCollections()
    {
        var pages = new HashSet<ulong>();
        for (var slot = 0UL; slot < _collectionTable.Capacity && _slots++ <= SlotsMax; slot++)
        {
            var address = _collectionTable.Address + (slot * _collectionTable.EntryBytes);
            if (_collectionTable.IsTwoLevel)
            {
                var level1 = _collectionTable.Address + (8 * (slot / _collectionTable.EntriesPerPage));
                if (machine.Memory.Peek(level1) is not { } page)
                {
                    return NotInRam("a level-1 entry of the collection table");
                }

                if (page >> 63 == 0)
                {
                    return null;
                }

                var (index, place) = Math.DivRem(slot, _collectionTable.EntriesPerPage);
                address = _collectionTable.PageAddress(page) + (place * _collectionTable.EntryBytes);
                if (place == 0 && !pages.Add(_collectionTable.PageAddress(page)))
                {
                    return Twice("a level-2 page");
                }

                if (place == 0)
                {
                    _pages.Add(new SlowPage(index, address, _collectionTable.PageBytes));
                }
            }

            if (!IsWritable(address) || machine.Memory.Peek(address) is not { } entry)
            {
                return NotInRam("a slot of the collection table");
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

    private SlowProblem? Take(ulong entry)
    {
        var (collection, target) = (entry & 0xFFFF, (entry >> 16) & 0xFFFF_FFFF);
        var isMapped = target != 0xFFFF_FFFF;
        var room = 1UL << Profile.CollectionIdBits;
        room = isMapped ? Math.Min(room, (ulong)Profile.HardwareCollections + _collectionTable.Capacity) : room;
        if (collection >= room || (isMapped && target >= (ulong)machine.VcpuCount))
        {
            return Inconsistent("a collection");
        }

        if (!_collectionsThere.Add(collection))
        {
            return Twice("a collection");
        }

        if (isMapped)
        {
            _collections.Add(new CollectionState((uint)collection, (int)target));
        }

        return null;
    }

    private SlowProblem? ReadDevices()
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
                return NotInRam("a level-1 entry of the device table");
            }

            if (entry >> 63 == 0)
            {
                continue;
            }

            var page = _deviceTable.PageAddress(entry);
            var isOverLevel1 = page < _deviceTable.Address + _deviceTable.TableBytes
                && _deviceTable.Address < page + _deviceTable.PageBytes;
            _pages.Add(new SlowPage(index, page, _deviceTable.PageBytes));
            var problem = !pages.Add(page) ? Twice("a level-2 page")
                : isOverLevel1 ? Inconsistent("a level-2 page")
                : ReadStretch(page, index * _deviceTable.EntriesPerPage, _deviceTable.EntriesPerPage);
            if (problem is not null)
            {
                return problem;
            }
        }

        return null;
    }

    private SlowProblem? ReadStretch(ulong address, ulong first, ulong count)
    {
        for (var offset = 0UL; offset < count && !_isLast && _slots++ <= SlotsMax;)
        {
            if (machine.Memory.Peek(address + (offset * _deviceTable.EntryBytes)) is not { } entry)
            {
                return NotInRam("an entry of the device table");
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
                return Inconsistent("next of a device");
            }

            _isLast = next == 0;
            offset += next;
        }

        return null;
    }

    private SlowProblem? ReadDevice(ulong id, ulong entry)
    {
        var (bits, itt) = ((int)(entry & 0x1F) + 1, (entry & 0x0001_FFFF_FFFF_FFE0) << 3);
        if (id >> Profile.DeviceIdBits != 0 || bits > Profile.EventIdBits)
        {
            return Inconsistent("a device");
        }

        var events = new List<EventState>();
        for (var eventId = 0UL; eventId < 1UL << bits && _slots++ <= SlotsMax;)
        {
            if (machine.Memory.Peek(itt + (8 * eventId)) is not { } mapping)
            {
                return NotInRam("an entry of a translation table");
            }

            var (lpi, next) = ((uint)(mapping >> 16), mapping >> 48);
            if (lpi == 0)
            {
                eventId++;
                continue;
            }

            if (lpi < FirstLpi || lpi >= 1UL << Profile.IntIdBits || !IsCollection(mapping & 0xFFFF))
            {
                return Inconsistent("an event");
            }

            if (!HasConfiguration(lpi, (uint)(mapping & 0xFFFF)))
            {
                return NotInRam("the configuration of an LPI");
            }

            events.Add(new EventState((uint)eventId, lpi, (uint)(mapping & 0xFFFF)));
            if (next == 0)
            {
                break;
            }

            if (eventId + next >= 1UL << bits)
            {
                return Inconsistent("next of an event");
            }

            eventId += next;
        }

        _devices.Add(new DeviceState((uint)id, itt, bits, events.ToArray()));
        return null;
    }

    private bool Covers(ulong propbaser, uint lpi) =>
        lpi < 1UL << Math.Min((int)(propbaser & 0x1F) + 1, Profile.IntIdBits);

    private bool IsCollection(ulong collection) => _collectionTable.IsValid
        ? _collectionsThere.Contains(collection)
        : collection >> Profile.CollectionIdBits == 0;

    /// <summary>
    /// Whether the byte can be read, if MAPTI does, in the configuration table of the vCPU that the collection targets,
    /// or else in the first that covers the LPI. One that no table covers is read when one does.
    /// </summary>
    private bool HasConfiguration(uint lpi, uint collection)
    {
        if (!Profile.MaptiNeedsConfiguration)
        {
            return true;
        }

        var covering = _collections.Where(entry => entry.Collection == collection)
            .Select(entry => propbasers[entry.Vcpu])
            .Concat(propbasers)
            .Where(table => Covers(table, lpi))
            .ToList();
        return covering.Count == 0
            || machine.Memory.PeekByte((covering[0] & 0x000F_FFFF_FFFF_F000) + (lpi - FirstLpi)) is not null;
    }

    private bool IsWritable(ulong address) =>
        machine.Memory.ProbeForWriting(new(new(address), _collectionTable.EntryBytes)).IsOk;

    private static SlowProblem Inconsistent(string what) => new(RestoreProblemKind.Inconsistent, what);

    private static SlowProblem NotInRam(string what) => new(RestoreProblemKind.NotInRam, what);

    private static SlowProblem Twice(string what) => new(RestoreProblemKind.Twice, what);
}
