using ItsService.Differential.Steps;

namespace ItsService.Differential.Comparison;

/// <summary>
/// The numbers that occur in a sequence's commands: what QEMU keeps for others in its tables nothing can reach.
/// </summary>
internal sealed class UsedNumbers
{
    private readonly SortedSet<uint> _devices = [0]; // The device that qtest writes as.
    private readonly SortedSet<uint> _icids = [];
    private readonly Dictionary<uint, SortedSet<uint>> _events = [];

    public IReadOnlyCollection<uint> Devices => _devices;

    public IReadOnlyCollection<uint> Icids => _icids;

    /// <summary>The EventIDs of a device, in ascending order.</summary>
    public IReadOnlyCollection<uint> EventsOf(uint device) =>
        _events.TryGetValue(device, out var events) ? events : [];

    public static UsedNumbers In(IEnumerable<Step> steps)
    {
        var used = new UsedNumbers();
        foreach (var command in steps.OfType<CommandsStep>().SelectMany(step => step.Commands))
        {
            used.Add(command);
        }

        return used;
    }

    private void Add(CommandSlot command)
    {
        switch (command.Opcode)
        {
            case Opcode.Mapd:
                _devices.Add(command.DeviceId);
                break;
            case Opcode.Mapc:
                _icids.Add(command.Icid);
                break;
            case Opcode.Mapti or Opcode.Mapi:
                _devices.Add(command.DeviceId);
                _icids.Add(command.Icid);
                if (!_events.TryGetValue(command.DeviceId, out var events))
                {
                    _events.Add(command.DeviceId, events = []);
                }

                events.Add(command.EventId);
                break;
            default:
                // Other commands find only what these have mapped.
                break;
        }
    }
}
