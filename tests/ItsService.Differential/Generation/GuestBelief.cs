using ItsService.Differential.Steps;

namespace ItsService.Differential.Generation;

/// <summary>
/// What a sequence's guest believes to have mapped. Commands may have failed, so that it can be wrong; nothing that is
/// compared depends on it.
/// </summary>
internal sealed class GuestBelief(Prng random, NumberPools numbers)
{
    private const int ItemsKept = 2048;

    private readonly Dictionary<uint, CommandSlot> _devices = [];
    private readonly List<(uint Device, uint Event)> _events = [];
    private ulong _nextTable = GuestLayout.TranslationTables;

    /// <summary>GICR_PROPBASER.IDbits of all redistributors.</summary>
    public int IdBits { get; set; }

    /// <summary>The end of the memory that was given away.</summary>
    public ulong MemoryEnd => _nextTable;

    /// <summary>Memory for an ITT that nothing has used, or null when there is no more.</summary>
    public ulong? NewTranslationTable(int eventIdBits)
    {
        const ulong entryBytes = 12;
        var lengthBytes = ((entryBytes << Math.Min(eventIdBits, 16)) + 0xFF) & ~0xFFUL;
        if (_nextTable + lengthBytes > GuestLayout.End)
        {
            return null;
        }

        var table = _nextTable;
        _nextTable += lengthBytes;
        return table;
    }

    public int EventIdBitsOf(uint device) =>
        _devices.TryGetValue(device, out var mapping) ? mapping.Size + 1 : random.Pick(2, 5, 16);

    /// <summary>The MAPD that mapped a device.</summary>
    public CommandSlot? MappingOf(uint device) => _devices.TryGetValue(device, out var mapping) ? mapping : null;

    /// <summary>A device and an event of it, most often one that is mapped.</summary>
    public (uint Device, uint Event) Event(int mappedPercent)
    {
        if (_events.Count > 0 && random.Chance(mappedPercent))
        {
            return _events[random.Next(_events.Count)];
        }

        var device = numbers.Device();
        return (device, numbers.Event(EventIdBitsOf(device)));
    }

    public void Note(CommandSlot command)
    {
        switch (command.Opcode)
        {
            case Opcode.Mapd:
                _events.RemoveAll(entry => entry.Device == command.DeviceId);
                _devices.Remove(command.DeviceId);
                if (command.IsValid)
                {
                    _devices.Add(command.DeviceId, command);
                }

                break;
            case Opcode.Mapti or Opcode.Mapi when _events.Count < ItemsKept:
                _events.Add((command.DeviceId, command.EventId));
                break;
            case Opcode.Discard:
                _events.Remove((command.DeviceId, command.EventId));
                break;
            default:
                break;
        }
    }

    public void ForgetDevices()
    {
        _devices.Clear();
        _events.Clear();
    }
}
