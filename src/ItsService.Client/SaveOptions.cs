using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <summary>How a VM is saved.</summary>
public sealed record SaveOptions
{
    /// <summary>The longest <see cref="DrainDeadline"/>.</summary>
    public static readonly TimeSpan DrainDeadlineMax = TimeSpan.FromMinutes(10);

    /// <summary>What becomes of commands that wait in a queue.</summary>
    public InFlightPolicy InFlight { get; init; } = InFlightPolicy.Carry;

    /// <summary>
    /// With <see cref="InFlightPolicy.Drain"/>: how long the queues may take to end, up to
    /// <see cref="DrainDeadlineMax"/>, in whole milliseconds; null for five seconds.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is no time, or too long.</exception>
    public TimeSpan? DrainDeadline
    {
        get;
        init
        {
            if (value is { } deadline && (deadline <= TimeSpan.Zero || deadline > DrainDeadlineMax))
            {
                throw new ArgumentOutOfRangeException(
                    nameof(DrainDeadline), deadline, "it is more than nothing and at most ten minutes");
            }

            field = value;
        }
    }

    /// <summary>Leave the VM Paused instead of letting it run on.</summary>
    public bool StayPaused { get; init; }

    /// <summary>Do not write the tables in guest memory.</summary>
    public bool OmitTables { get; init; }

    /// <summary>As a request has it: 0 for the default.</summary>
    internal uint DrainDeadlineMs => (uint)Math.Ceiling(DrainDeadline?.TotalMilliseconds ?? 0);
}
