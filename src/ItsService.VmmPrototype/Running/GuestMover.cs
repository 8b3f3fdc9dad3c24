namespace ItsService.VmmPrototype.Running;

/// <summary>Sees when the interrupt controller is to move: at lines of the guest's, and at a key.</summary>
internal sealed class GuestMover(
    GuestMoves? moves, Machine machine, GuestService service, CancellationToken cancellationToken)
{
    // As terminal programs have it: Ctrl-A, then a letter; Ctrl-A twice is the guest's.
    private const byte Escape = 0x01;
    private const byte MoveKey = (byte)'s';

    private int _seen;
    private bool _isEscaped;

    /// <summary>Takes a line of the guest's.</summary>
    public void TakeLine(string line)
    {
        if (moves is not null && _seen < moves.At.Count && line.Contains(moves.At[_seen], StringComparison.Ordinal))
        {
            _seen++;
            Move(line.Trim());
        }
    }

    /// <summary>Takes a key; tells what the guest receives.</summary>
    public byte? TakeKey(byte key)
    {
        if (!_isEscaped && key == Escape && moves is not null)
        {
            _isEscaped = true;
            return null;
        }

        if (_isEscaped && key == MoveKey)
        {
            _isEscaped = false;
            Move("");
            return null;
        }

        _isEscaped = false;
        return key;
    }

    private void Move(string after) =>
        machine.DoBetweenTurns(() => service.Move(after, moves!, cancellationToken));
}
