namespace ItsService.Core.Tests.Userspace;

/// <summary>What comes of an order of the seven steps.</summary>
internal enum OrderOutcome
{
    /// <summary>The saved state, and what was in flight is executed once.</summary>
    Same,

    /// <summary>Slots are executed that do not wait: commands once more, or what stands there now.</summary>
    Replayed,

    /// <summary>Commands in flight are executed before the mappings are back.</summary>
    RanTooEarly,

    /// <summary>GITS_CTLR came before what it needs, and was ignored.</summary>
    LeftDisabled,

    /// <summary>The tables were read before it was known where they are.</summary>
    WithoutMappings,

    /// <summary>GITS_CREADR or GITS_CWRITER was refused, or cleared by GITS_CBASER behind it.</summary>
    WithoutPointers,
}

/// <summary>
/// The same seven steps where each takes effect at once, as on a kernel's ITS (kvm-uapi sections 5 and 6.1): nothing
/// here is expected to behave so. It tells how many orders a VMM had to know of.
/// </summary>
internal sealed class KernelRules(bool isInFlight)
{
    private const int SavedRead = 2;
    private readonly int _savedWrite = isInFlight ? SavedRead + 3 : SavedRead;

    private bool _hasQueue;
    private bool _hasTables;
    private bool _isEnabled;
    private bool _isRestored;
    private bool _hasReplayed;
    private bool _ranTooEarly;
    private bool _hasRun;
    private int _read;
    private int _write;

    public static OrderOutcome Outcome(IEnumerable<string> order, bool isInFlight)
    {
        var rules = new KernelRules(isInFlight);
        foreach (var step in order)
        {
            rules.Take(step);
        }

        return rules.Result;
    }

    private OrderOutcome Result =>
        _hasReplayed ? OrderOutcome.Replayed
        : _ranTooEarly ? OrderOutcome.RanTooEarly
        : !_isEnabled ? OrderOutcome.LeftDisabled
        : !_isRestored ? OrderOutcome.WithoutMappings
        : _write == _savedWrite && _read == (_hasRun ? _savedWrite : SavedRead) ? OrderOutcome.Same
        : OrderOutcome.WithoutPointers;

    private void Take(string step)
    {
        switch (step)
        {
            case "CBASER" when !_isEnabled:
                (_hasQueue, _read, _write) = (true, 0, 0);
                break;
            case "CREADR" when !_isEnabled:
                _read = SavedRead;
                break;
            case "CWRITER":
                _write = _savedWrite;
                RunIfEnabled();
                break;
            case "BASERn" when !_isEnabled:
                _hasTables = true;
                break;
            case "RESTORE_TABLES":
                _isRestored |= _hasTables;
                break;
            case "CTLR":
                _isEnabled = _hasQueue && _hasTables;
                RunIfEnabled();
                break;
            default:
                break;
        }
    }

    private void RunIfEnabled()
    {
        if (!_isEnabled || _read == _write)
        {
            return;
        }

        _hasReplayed |= _read != SavedRead || _write != _savedWrite;
        _ranTooEarly |= !_isRestored;
        _hasRun = true;
        _read = _write;
    }
}
