namespace ItsService.ReferenceModel;

/// <summary>ICC_AP0R and ICC_AP1R of one vCPU: which pre-emption levels are active, by group: rd 9.2.</summary>
internal sealed class ActivePriorities(int preemptionBits)
{
    public const ulong Idle = 0xFF;

    // Bit n of ICC_APxRm is level 32 * m + n.
    private readonly SortedSet<int> _group0 = [];
    private readonly SortedSet<int> _group1 = [];

    /// <summary>The highest bit in AP0R and AP1R.</summary>
    public ulong Running
    {
        get
        {
            var levels = _group0.Union(_group1).ToList();
            return levels.Count == 0 ? Idle : (ulong)levels.Min() << (8 - preemptionBits);
        }
    }

    public void Reset()
    {
        _group0.Clear();
        _group1.Clear();
    }

    public void Add(bool group1, ulong groupPriority) =>
        Of(group1).Add((int)(groupPriority >> (8 - preemptionBits)));

    /// <summary>
    /// Drops the running priority, if it is of this group; where both have the level it is of group 0. Whether it was.
    /// </summary>
    public bool TryDrop(bool group1)
    {
        var (own, other) = (Of(group1), Of(!group1));
        if (own.Count == 0 || (other.Count > 0 && (group1 ? other.Min <= own.Min : other.Min < own.Min)))
        {
            return false;
        }

        own.Remove(own.Min);
        return true;
    }

    public ulong Read(bool group1, int register)
    {
        ulong value = 0;
        for (var bit = 0; bit < 32; bit++)
        {
            value |= Of(group1).Contains((32 * register) + bit).At(bit);
        }

        return value;
    }

    /// <summary>Levels that the pre-emption bits cannot make do not exist, nor do registers of only those.</summary>
    public void Write(bool group1, int register, ulong value)
    {
        for (var bit = 0; bit < 32; bit++)
        {
            var level = (32 * register) + bit;
            Of(group1).Remove(level);
            if (value.Bit(bit) && level < 1 << preemptionBits)
            {
                Of(group1).Add(level);
            }
        }
    }

    private SortedSet<int> Of(bool group1) => group1 ? _group1 : _group0;
}
