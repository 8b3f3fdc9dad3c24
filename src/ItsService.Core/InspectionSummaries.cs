using ItsService.Core.Identifiers;

namespace ItsService.Core;

#pragma warning disable CS1591 // Each property is the register field or table field of its name.

/// <summary>An ITS's control state.</summary>
public readonly record struct ItsSummary
{
    public required bool IsEnabled { get; init; }

    public required bool IsStalled { get; init; }

    public required bool IsQueueValid { get; init; }

    public required GuestAddress QueueAddress { get; init; }

    public required ulong QueueSizeBytes { get; init; }

    public required ulong ReadOffset { get; init; }

    public required ulong WriteOffset { get; init; }

    public required int CollectionCount { get; init; }

    public required int DeviceCount { get; init; }
}

/// <summary>A mapped device.</summary>
public readonly record struct DeviceSummary(DeviceId Device, GuestAddress IttAddress, int EventIdBits, int EventCount);

/// <summary>A mapped event.</summary>
public readonly record struct EventSummary(EventId Event, IntId Lpi, CollectionId Collection);

/// <summary>A redistributor's state as far as LPIs go.</summary>
public readonly record struct RedistributorSummary
{
    public required Affinity Affinity { get; init; }

    public required bool AreLpisEnabled { get; init; }

    public required GuestAddress ConfigurationTable { get; init; }

    public required int IntIdBits { get; init; }

    public required GuestAddress PendingTable { get; init; }

    public required int PendingLpiCount { get; init; }
}

/// <summary>A pending LPI with the configuration in force.</summary>
public readonly record struct PendingLpiSummary(IntId Lpi, bool IsEnabled, byte Priority);

/// <summary>An LPI's configuration as last read; disabled until it was.</summary>
public readonly record struct LpiSummary(bool IsConfigurationKnown, bool IsEnabled, byte Priority);
