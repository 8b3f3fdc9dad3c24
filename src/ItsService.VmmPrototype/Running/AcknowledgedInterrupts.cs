namespace ItsService.VmmPrototype.Running;

/// <summary>What one vCPU has acknowledged, by the sort of interrupt.</summary>
public sealed class AcknowledgedInterrupts
{
    private const ulong FirstPpi = 16;
    private const ulong FirstSpi = 32;
    private const ulong FirstSpecial = 1020;
    private const ulong FirstLpi = 8192;

    /// <summary>Software-generated ones.</summary>
    public int Sgis { get; private set; }

    /// <summary>Private ones of peripherals, such as timers.</summary>
    public int Ppis { get; private set; }

    /// <summary>Shared ones of peripherals.</summary>
    public int Spis { get; private set; }

    /// <summary>Messages.</summary>
    public int Lpis { get; private set; }

    /// <summary>Reads of IAR that found nothing.</summary>
    public int Spurious { get; private set; }

    internal void Add(ulong intId)
    {
        switch (intId)
        {
            case < FirstPpi:
                Sgis++;
                break;
            case < FirstSpi:
                Ppis++;
                break;
            case < FirstSpecial:
                Spis++;
                break;
            case >= FirstLpi:
                Lpis++;
                break;
            default:
                Spurious++;
                break;
        }
    }
}
