using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <summary>How a VM is saved.</summary>
public sealed record SaveOptions
{
    /// <summary>What becomes of commands that wait in a queue.</summary>
    public InFlightPolicy InFlight { get; init; } = InFlightPolicy.Carry;

    /// <summary>
    /// With <see cref="InFlightPolicy.Drain"/>: how long the queues may take to end, up to ten minutes; null for five
    /// seconds.
    /// </summary>
    public TimeSpan? DrainDeadline { get; init; }

    /// <summary>Leave the VM Paused instead of letting it run on.</summary>
    public bool StayPaused { get; init; }

    /// <summary>Do not write the tables in guest memory.</summary>
    public bool OmitTables { get; init; }

    /// <summary>As a request has it: 0 for the default.</summary>
    internal uint DrainDeadlineMs => checked((uint)Math.Ceiling(DrainDeadline?.TotalMilliseconds ?? 0));
}
