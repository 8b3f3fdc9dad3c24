using ItsService.SaveLoad.Guests;

namespace ItsService.SaveLoad.Accounts;

/// <summary>How many commands there were, by opcode, and by event where they change its account.</summary>
internal sealed class CommandCounts(int eventCount)
{
    private readonly Dictionary<Opcode, long> _byOpcode = [];
    private readonly long[] _ints = new long[eventCount];
    private readonly long[] _clears = new long[eventCount];

    /// <summary>By opcode; none that never occurred.</summary>
    public IReadOnlyDictionary<Opcode, long> ByOpcode => _byOpcode;

    public long Total => _byOpcode.Values.Sum();

    /// <summary>INT commands about an event.</summary>
    public long Ints(int accounted) => _ints[accounted];

    /// <summary>CLEAR and DISCARD commands about an event.</summary>
    public long Clears(int accounted) => _clears[accounted];

    public void Add(IEnumerable<GuestCommand> commands)
    {
        foreach (var command in commands)
        {
            _byOpcode[command.Opcode] = _byOpcode.GetValueOrDefault(command.Opcode) + 1;
            switch (command.Opcode)
            {
                case Opcode.Int:
                    _ints[command.Event]++;
                    break;
                case Opcode.Clear or Opcode.Discard:
                    _clears[command.Event]++;
                    break;
            }
        }
    }

    public void Add(CommandCounts other)
    {
        foreach (var (opcode, count) in other._byOpcode)
        {
            _byOpcode[opcode] = _byOpcode.GetValueOrDefault(opcode) + count;
        }

        for (var index = 0; index < _ints.Length; index++)
        {
            _ints[index] += other._ints[index];
            _clears[index] += other._clears[index];
        }
    }

    public CommandCounts Copy()
    {
        var copy = new CommandCounts(_ints.Length);
        copy.Add(this);
        return copy;
    }
}
