namespace ItsService.ReferenceModel;

/// <summary>One SGI, PPI or SPI: rd 6, 10, 10.3.</summary>
internal sealed class Interrupt(uint intId)
{
    private const uint FirstPpi = 16;

    public uint IntId => intId;

    /// <summary>Of one, GICR_ICFGR0 is fixed: it is edge triggered.</summary>
    public bool IsSgi => intId < FirstPpi;

    public bool Group1 { get; set; }

    public bool Enabled { get; set; }

    /// <summary>Pending by an edge, by software or by a message, apart from the level of the line.</summary>
    public bool Latch { get; set; }

    public bool Active { get; set; }

    public bool IsEdge { get; private set; }

    public byte Priority { get; set; }

    /// <summary>GICD_IROUTER of an SPI.</summary>
    public ulong Route { get; set; }

    /// <summary>The line of the device, or the level that a message left.</summary>
    public bool IsLineHigh { get; private set; }

    /// <summary>Whether the device wants to be told of the end.</summary>
    public bool NotifiesEnd { get; set; }

    /// <summary>rd 10.3: by level, the line or the latch; by edge, the latch.</summary>
    public bool IsPending => Latch || (!IsEdge && IsLineHigh);

    public void Reset()
    {
        Group1 = false;
        Enabled = false;
        Latch = false;
        Active = false;
        IsEdge = IsSgi;
        Priority = 0;
        Route = 0;
        IsLineHigh = false;
        NotifiesEnd = false;
    }

    public void Configure(bool isEdge)
    {
        if (!IsSgi)
        {
            IsEdge = isEdge;
        }
    }

    public void SetLine(bool isHigh)
    {
        Latch |= isHigh && !IsLineHigh && IsEdge;
        IsLineHigh = isHigh;
    }

    /// <summary>rd 9.2: pending to active. A line that stays high leaves it pending as well.</summary>
    public void Acknowledge()
    {
        Active = true;
        Latch = false;
    }
}
