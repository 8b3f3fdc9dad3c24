using System.Buffers.Binary;
using ItsService.Differential.Generation;
using ItsService.Differential.Sides;
using ItsService.Differential.Steps;

namespace ItsService.Differential.Comparison;

/// <summary>
/// What QEMU has mapped. It keeps that in guest RAM alone, in formats of its own: a device is <c>49:6 ITT address / 256
/// | 5:1 Size | 0 Valid</c>, a collection <c>16:1 CPU | 0 Valid</c>, an event of 12 bytes <c>47:32 ICID | 25:2 INTID |
/// 1 physical | 0 Valid</c> and a doorbell of 1023.
/// </summary>
internal sealed class QemuTables(QemuSide qemu, LiveRegisters registers)
{
    private const int EventEntryBytes = 12;
    private const uint GapReadAlong = 32;
    private const uint NoDoorbell = 1023;

    private readonly QemuTableGeometry _devices = new(registers.DeviceBaser);
    private readonly QemuTableGeometry _collections = new(registers.CollectionBaser);

    public TableContent Read(UsedNumbers used)
    {
        var content = new TableContent();
        var devicePlaces = _devices.Locate(qemu, used.Devices);
        var collectionPlaces = _collections.Locate(qemu, used.Icids);
        var list = new AccessList();
        var devices = AddReads(list, devicePlaces);
        var collections = AddReads(list, collectionPlaces);
        var results = qemu.Run(list);
        foreach (var (icid, place) in collections)
        {
            if (results.Doubleword(place) is var entry && (entry & 1) != 0)
            {
                content.Collections.Add(icid, (int)((entry >> 1) & 0xFFFF));
            }
        }

        foreach (var (device, place) in devices)
        {
            if (results.Doubleword(place) is var entry && (entry & 1) != 0)
            {
                content.Devices.Add(
                    device, new MappedDevice(((entry >> 6) & 0xFFF_FFFF_FFFF) << 8, (int)((entry >> 1) & 0x1F) + 1));
            }
        }

        ReadEvents(used, content);
        return content;
    }

    /// <summary>Writes the entries of a collection, a device and an event as QEMU would.</summary>
    public void Write(uint icid, int? cpu) =>
        WriteEntry(_collections.Locate(qemu, [icid])[icid], cpu is { } target ? ((ulong)target << 1) | 1 : 0);

    public void Write(uint device, MappedDevice? mapped) =>
        WriteEntry(
            _devices.Locate(qemu, [device])[device],
            mapped is { } value ? ((value.IttAddress >> 8) << 6) | ((ulong)(value.EventIdBits - 1) << 1) | 1 : 0);

    public void Write(MappedDevice device, uint eventId, MappedEvent? mapped)
    {
        var bytes = new byte[EventEntryBytes];
        if (mapped is { } value)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, ((ulong)value.Icid << 32) | (value.Lpi << 2) | 0b11);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), NoDoorbell);
        }

        var list = new AccessList();
        list.WriteMemory(EventEntry(device, eventId), bytes);
        qemu.Run(list);
    }

    /// <summary>
    /// Whether a command, as QEMU executes it, comes upon an entry of a table that is not in RAM: QEMU then stalls.
    /// </summary>
    public bool MeetsEntryOutsideRam(CommandSlot command)
    {
        if (command.Opcode == Opcode.Mapc)
        {
            return IsOutside(_collections, command.Icid);
        }

        if (IsOutside(_devices, command.DeviceId))
        {
            return true;
        }

        if (ReadDevice(command.DeviceId) is not { } device || command.EventId >> device.EventIdBits != 0)
        {
            return false;
        }

        var entry = EventEntry(device, command.EventId);
        if (!GuestLayout.IsInRam(entry, EventEntryBytes))
        {
            return true;
        }

        var mapped = ReadEvent(entry);
        return (mapped is { } value && IsOutside(_collections, value.Icid))
            || (command.Opcode == Opcode.Movi && IsOutside(_collections, command.Icid));
    }

    private static List<(uint Number, int Place)> AddReads(AccessList list, Dictionary<uint, EntryPlace> places) =>
        [.. places.Where(entry => entry.Value.IsInRam)
            .Select(entry => (entry.Key, list.ReadMemory(entry.Value.Address, sizeof(ulong))))];

    private static ulong EventEntry(MappedDevice device, uint eventId) =>
        device.IttAddress + ((ulong)eventId * EventEntryBytes);

    private static MappedEvent? Decode(ReadOnlySpan<byte> bytes)
    {
        var entry = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        return (entry & 1) != 0
            ? new MappedEvent((uint)(entry >> 2) & 0xFF_FFFF, (uint)(entry >> 32) & 0xFFFF)
            : null;
    }

    private bool IsOutside(QemuTableGeometry table, uint number) =>
        table.Locate(qemu, [number])[number].IsOutsideRam;

    private MappedDevice? ReadDevice(uint device) =>
        ReadEntry(_devices.Locate(qemu, [device])[device]) is var entry && (entry & 1) != 0
            ? new MappedDevice(((entry >> 6) & 0xFFF_FFFF_FFFF) << 8, (int)((entry >> 1) & 0x1F) + 1)
            : null;

    private MappedEvent? ReadEvent(ulong address)
    {
        var list = new AccessList();
        var place = list.ReadMemory(address, EventEntryBytes);
        return Decode(qemu.Run(list).Bytes(place));
    }

    private ulong ReadEntry(EntryPlace place)
    {
        if (!place.IsInRam)
        {
            return 0;
        }

        var list = new AccessList();
        var read = list.ReadMemory(place.Address, sizeof(ulong));
        return qemu.Run(list).Doubleword(read);
    }

    private void WriteEntry(EntryPlace place, ulong value)
    {
        if (place.IsInRam)
        {
            var list = new AccessList();
            list.WriteMemory(place.Address, value);
            qemu.Run(list);
        }
    }

    private void ReadEvents(UsedNumbers used, TableContent content)
    {
        var list = new AccessList();
        var runs = new List<(uint Device, uint First, int Count, int Place)>();
        foreach (var (device, mapped) in content.Devices)
        {
            var reachable = used.EventsOf(device).Where(eventId => eventId >> mapped.EventIdBits == 0
                && GuestLayout.IsInRam(EventEntry(mapped, eventId), EventEntryBytes));
            foreach (var (first, count) in Runs(reachable))
            {
                var place = list.ReadMemory(EventEntry(mapped, first), count * EventEntryBytes);
                runs.Add((device, first, count, place));
            }
        }

        if (runs.Count == 0)
        {
            return;
        }

        var results = qemu.Run(list);
        foreach (var (device, first, count, place) in runs)
        {
            for (var index = 0; index < count; index++)
            {
                if (Decode(results.Bytes(place).AsSpan(index * EventEntryBytes)) is { } mapped)
                {
                    content.Events.Add((device, first + (uint)index), mapped);
                }
            }
        }
    }

    /// <summary>Numbers that lie close together are read together.</summary>
    private static IEnumerable<(uint First, int Count)> Runs(IEnumerable<uint> ascending)
    {
        (uint First, uint Last)? run = null;
        foreach (var number in ascending)
        {
            if (run is { } present && number - present.Last <= GapReadAlong)
            {
                run = (present.First, number);
                continue;
            }

            if (run is { } done)
            {
                yield return (done.First, (int)(done.Last - done.First) + 1);
            }

            run = (number, number);
        }

        if (run is { } last)
        {
            yield return (last.First, (int)(last.Last - last.First) + 1);
        }
    }
}
