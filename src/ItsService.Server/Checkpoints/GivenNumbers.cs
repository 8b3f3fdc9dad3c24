namespace ItsService.Server.Checkpoints;

/// <summary>
/// The highest number that each VM had while the service runs, of checkpoints that are gone, too: none is given again
/// then. Any thread may ask.
/// </summary>
/// <param name="vmsMax">
/// How many VMs are remembered one by one. Clients choose names: beyond, one number stands for all.
/// </param>
internal sealed class GivenNumbers(int vmsMax = GivenNumbers.VmsMax)
{
    private const int VmsMax = 65_536;

    private readonly Dictionary<string, long> _ofVms = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private long _ofAll;

    /// <summary>Notes a checkpoint that is there.</summary>
    public void Note(CheckpointName name)
    {
        lock (_lock)
        {
            _ofVms[name.Vm] = Math.Max(name.Number, LastOf(name.Vm));
            if (_ofVms.Count > vmsMax)
            {
                _ofAll = _ofVms.Values.Max();
                _ofVms.Clear();
            }
        }
    }

    /// <summary>The number that a new one must be above.</summary>
    public long LastOf(string vm)
    {
        lock (_lock)
        {
            return Math.Max(_ofAll, _ofVms.GetValueOrDefault(vm));
        }
    }
}
