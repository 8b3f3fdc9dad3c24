namespace ItsService.Server.Sessions;

/// <summary>
/// Numbers what is told of itself, and remembers of it what must not get lost with a connection: which interrupts
/// ended, and that the controller was reset or given another state. It has room for each interrupt once.
/// </summary>
internal sealed class UnreceivedChanges
{
    private readonly Dictionary<V1.EndOfInterrupt, ulong> _ended = [];
    private ulong _number;
    private ulong _reset;
    private ulong _restored;

    /// <summary>Gives changes the number under which they go out.</summary>
    public V1.Changes Number(V1.Changes changes)
    {
        changes.Number = ++_number;
        foreach (var ended in changes.EndedInterrupts)
        {
            _ended[ended] = _number;
        }

        _reset = changes.WasReset ? _number : _reset;
        _restored = changes.WasRestored ? _number : _restored;
        return changes;
    }

    /// <summary>The VMM has those up to this number.</summary>
    public void Release(ulong received)
    {
        foreach (var (ended, number) in _ended)
        {
            if (number <= received)
            {
                _ended.Remove(ended);
            }
        }

        _reset = _reset <= received ? 0 : _reset;
        _restored = _restored <= received ? 0 : _restored;
    }

    /// <summary>What was told and not received.</summary>
    public V1.Changes ToTellAgain() => new()
    {
        EndedInterrupts = { _ended.Keys },
        WasReset = _reset != 0,
        WasRestored = _restored != 0,
    };
}
