namespace ItsService.Cli.Stress;

/// <summary>What is sent: each device sends each of its events, again and again.</summary>
/// <param name="Vcpus">The vCPUs: each has a collection, and LPIs go to them in turns.</param>
/// <param name="Devices">The devices, of which each is a sender of its own.</param>
/// <param name="Events">The events of each.</param>
/// <param name="Iterations">How often each of them is sent.</param>
/// <param name="Coalesces">Whether an event may be sent again before it was acknowledged.</param>
internal sealed record StressShape(int Vcpus, int Devices, int Events, int Iterations, bool Coalesces)
{
    /// <summary>INTIDs have 16 bits.</summary>
    public const int LpisMax = (1 << 16) - (int)FirstLpi;

    /// <summary>EventIDs have 16 bits, and so have DeviceIDs.</summary>
    public const int NumbersMax = 1 << 16;

    /// <summary>The lowest INTID of an LPI.</summary>
    public const uint FirstLpi = 8192;

    /// <summary>How many LPIs there are.</summary>
    public int LpiCount => Devices * Events;

    /// <summary>How many messages are sent.</summary>
    public long MessageCount => (long)LpiCount * Iterations;

    /// <exception cref="UsageException">No VM can have so much.</exception>
    public StressShape Checked()
    {
        if ((long)Devices * Events > LpisMax)
        {
            throw new UsageException(
                $"{Devices} devices with {Events} events have {(long)Devices * Events} LPIs: a VM has {LpisMax},"
                + " with INTIDs of 16 bits");
        }

        return this;
    }

    /// <summary>The place of an event's LPI among all of them.</summary>
    public int IndexOf(int device, int eventId) => (device * Events) + eventId;

    /// <summary>The vCPU that an LPI comes to.</summary>
    public int VcpuOf(int index) => index % Vcpus;
}
