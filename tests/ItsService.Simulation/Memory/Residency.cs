namespace ItsService.Simulation.Memory;

/// <summary>
/// Which guest memory Core's host has at hand. What was evicted is fetched, a granule at a time, when Core asks for it;
/// Core must not have done anything until then.
/// </summary>
internal sealed class Residency
{
    private readonly HashSet<ulong> _resident = [];
    private ulong _granuleBytes;

    /// <summary>Whether memory may be absent at all.</summary>
    public bool IsLimited => _granuleBytes != 0;

    /// <summary>While true everything counts as resident: an MSI does not wait for memory (decision 0003).</summary>
    public bool IsSuspended { get; set; }

    /// <summary>Evicts everything. A granule of 0 bytes: everything is resident from now on.</summary>
    public void Evict(ulong granuleBytes)
    {
        _granuleBytes = granuleBytes;
        _resident.Clear();
    }

    /// <summary>Brings the granules of a range in.</summary>
    public void Fetch(ulong start, ulong length)
    {
        for (var granule = start / _granuleBytes; granule <= (start + length - 1) / _granuleBytes; granule++)
        {
            _resident.Add(granule);
        }
    }

    /// <summary>What must be fetched before a range can be accessed, or null.</summary>
    public (ulong Start, ulong Length)? Missing(ulong address, int length)
    {
        if (_granuleBytes == 0 || IsSuspended || length == 0)
        {
            return null;
        }

        var last = (address + (ulong)length - 1) / _granuleBytes;
        for (var granule = address / _granuleBytes; granule <= last; granule++)
        {
            if (!_resident.Contains(granule))
            {
                return (granule * _granuleBytes, (last - granule + 1) * _granuleBytes);
            }
        }

        return null;
    }
}
