using ItsService.Core.Registers;

namespace ItsService.Core.Userspace;

/// <summary>What was written to an ITS from outside the guest and is not in force yet.</summary>
internal sealed class ItsStage
{
    private readonly ulong?[] _basers = new ulong?[GitsBaser.Count];
    private readonly bool[] _hasOtherBaser = new bool[GitsBaser.Count];

    private bool? _isEnabled;

    /// <summary>GITS_CTLR.Enabled.</summary>
    public bool? IsEnabled
    {
        get => _isEnabled;
        set
        {
            _isEnabled = value;
            WasDisabled |= value == false;
        }
    }

    /// <summary>Whether 0 was written to Enabled, whatever followed: from then on base registers may change.</summary>
    public bool WasDisabled { get; private set; }

    /// <summary>GITS_CBASER, as it will read.</summary>
    public ulong? Cbaser { get; set; }

    /// <summary>GITS_CREADR with Stalled.</summary>
    public ulong? Creadr { get; set; }

    /// <summary>GITS_CWRITER.</summary>
    public ulong? Cwriter { get; set; }

    /// <summary>Whether the tables are read at the commit.</summary>
    public bool RestoresTables { get; set; }

    public bool IsEmpty =>
        IsEnabled is null && Cbaser is null && Creadr is null && Cwriter is null && !RestoresTables
        && Array.TrueForAll(_basers, baser => baser is null);

    /// <summary>Whether an ITS is enabled and stays so, and its tables and its queue where they are.</summary>
    public bool IsFixed(InterruptTranslationService service) => service.IsEnabled && !WasDisabled;

    /// <summary>
    /// Whether GITS_CBASER begins a new queue. It does whatever its value is, but for the present one under an ITS that
    /// is enabled and stays so: as KVM ignores that write, and a guest's, the queue with its commands stays.
    /// </summary>
    public bool HasNewQueue(InterruptTranslationService service) =>
        Cbaser is { } written && !(IsFixed(service) && written == service.Queue.Base.Raw);

    /// <summary>Whether something comes of it. A 0 in Enabled of an ITS that is enabled has been seen.</summary>
    public bool HasEffect(InterruptTranslationService service) =>
        TouchesMappings(service) || HasNewQueue(service) || (WasDisabled && service.IsEnabled)
        || (IsEnabled ?? service.IsEnabled) != service.IsEnabled
        || (Creadr ?? service.Queue.Creadr) != service.Queue.Creadr
        || (Cwriter ?? service.Queue.Cwriter) != service.Queue.Cwriter;

    /// <summary>Whether more comes of it than other values of registers.</summary>
    public bool TouchesMappings(InterruptTranslationService service) =>
        RestoresTables
        || Enumerable.Range(0, GitsBaser.Count).Any(number =>
            _hasOtherBaser[number]
            || (_basers[number] is { } baser && baser != service.ControlFrame.Baser(number).Raw));

    /// <summary>GITS_BASERn, as it will read.</summary>
    public ulong? Baser(int number) => _basers[number];

    /// <summary>
    /// Whether another value than the present one was written to GITS_BASERn, whatever followed: the table was taken
    /// away, and what was mapped there with it.
    /// </summary>
    public bool IsTableGone(int number) => _hasOtherBaser[number];

    public void SetBaser(int number, ulong value, ulong present)
    {
        _basers[number] = value;
        _hasOtherBaser[number] |= value != present;
    }

    public void Clear()
    {
        (IsEnabled, Cbaser, Creadr, Cwriter, RestoresTables) = (null, null, null, null, false);
        WasDisabled = false;
        Array.Clear(_basers);
        Array.Clear(_hasOtherBaser);
    }
}
