using System.Collections.Immutable;
using ItsService.Core.Identifiers;

namespace ItsService.Core.Explanation;

/// <summary>A mapped event of an ITS.</summary>
public readonly record struct MappedEvent(int Its, DeviceId Device, EventId Event);

/// <summary>
/// The way of one interrupt with every value as the controller has it, and what holds it up first. A step that there
/// is not, or that cannot be known without the one before, is null.
/// </summary>
public sealed record InterruptExplanation
{
    /// <summary>What holds it up, whether the VM runs or not.</summary>
    public required NonDelivery Reason { get; init; }

    /// <summary>The interrupt; null while no event tells which it is.</summary>
    public IntId? IntId { get; init; }

    /// <summary>Whether it is pending or was.</summary>
    public PendingHistory History { get; init; }

    /// <summary>The ITS.</summary>
    public ItsStep? Its { get; init; }

    /// <summary>The device.</summary>
    public DeviceStep? Device { get; init; }

    /// <summary>The event.</summary>
    public EventStep? Event { get; init; }

    /// <summary>The collection.</summary>
    public CollectionStep? Collection { get; init; }

    /// <summary>The redistributor, of an LPI.</summary>
    public RedistributorStep? Redistributor { get; init; }

    /// <summary>The configuration, of an LPI.</summary>
    public ConfigurationStep? Configuration { get; init; }

    /// <summary>The registers, of another interrupt.</summary>
    public DirectStep? Direct { get; init; }

    /// <summary>The CPU interface.</summary>
    public CpuInterfaceStep? CpuInterface { get; init; }

    /// <summary>The events that map an LPI that was asked for by its INTID, as far as they were looked for.</summary>
    public ImmutableArray<MappedEvent> Mappings { get; init; } = [];

    /// <summary>Whether the search for them ended early: there may be others.</summary>
    public bool IsSearchCut { get; init; }

    /// <summary>Of a device that is not mapped: the mapped ones next to it.</summary>
    public ImmutableArray<DeviceId> NearestDevices { get; init; } = [];

    /// <summary>Of an event that is not mapped: the mapped ones of its device next to it.</summary>
    public ImmutableArray<EventId> NearestEvents { get; init; } = [];

    /// <summary>What happened to the mapping last, oldest first.</summary>
    public ImmutableArray<TouchingEvent> LastEvents { get; init; } = [];

    /// <summary>Guest memory that is to be brought so that all can be known; null for none.</summary>
    public GuestRange? Missing { get; init; }
}
