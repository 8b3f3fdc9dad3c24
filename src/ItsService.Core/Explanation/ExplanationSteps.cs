using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Tables;

namespace ItsService.Core.Explanation;

#pragma warning disable CS1591 // Each property is the register field or table field of its name.

/// <summary>The ITS that the device's messages go to.</summary>
public readonly record struct ItsStep
{
    public required int Its { get; init; }

    public required bool IsEnabled { get; init; }

    public required bool IsQueueValid { get; init; }

    public required bool IsStalled { get; init; }

    public required ulong ReadOffset { get; init; }

    public required ulong WriteOffset { get; init; }

    /// <summary>Whether it lets a message through.</summary>
    public bool Passes => IsEnabled;
}

/// <summary>The device's entry. What MAPD mapped is found whatever has become of the table since.</summary>
public readonly record struct DeviceStep
{
    public required DeviceId Device { get; init; }

    public required bool IsTableValid { get; init; }

    public required GuestAddress TableAddress { get; init; }

    public required bool IsTwoLevel { get; init; }

    /// <summary>Of a two-level table that reaches so far: where the level-1 entry lies.</summary>
    public required GuestAddress? Level1Address { get; init; }

    /// <summary>The level-1 entry, when it could be read.</summary>
    public required ulong? Level1Entry { get; init; }

    public required TableSlotStatus Place { get; init; }

    /// <summary>Where the entry of the device lies, when it has a place.</summary>
    public required GuestAddress? EntryAddress { get; init; }

    public required bool IsMapped { get; init; }

    public required GuestAddress IttAddress { get; init; }

    public required int EventIdBits { get; init; }

    public required int EventCount { get; init; }

    /// <summary>Whether it lets a message through.</summary>
    public bool Passes => IsMapped;
}

/// <summary>The event's entry.</summary>
public readonly record struct EventStep
{
    public required EventId Event { get; init; }

    public required bool IsInRange { get; init; }

    public required bool IsMapped { get; init; }

    public required IntId Lpi { get; init; }

    public required CollectionId Collection { get; init; }

    public required GuestAddress EntryAddress { get; init; }

    /// <summary>Whether it lets a message through.</summary>
    public bool Passes => IsMapped;
}

/// <summary>The event's collection.</summary>
public readonly record struct CollectionStep(CollectionId Collection, VcpuIndex? Target)
{
    /// <summary>Whether it lets a message through.</summary>
    public bool Passes => Target is not null;
}

/// <summary>The redistributor where the LPI is pending, or would be.</summary>
public readonly record struct RedistributorStep
{
    public required VcpuIndex Vcpu { get; init; }

    public required RedistributorSummary Summary { get; init; }

    /// <summary>Whether GICR_PROPBASER.IDbits covers the LPI.</summary>
    public required bool IsInRange { get; init; }

    public required bool IsPending { get; init; }

    /// <summary>Whether one more LPI may become pending in the VM.</summary>
    public required bool HasRoom { get; init; }

    /// <summary>Whether the LPI is pending, or a message would make it so.</summary>
    public bool Passes => IsPending || (Summary.AreLpisEnabled && IsInRange && HasRoom);
}

/// <summary>An LPI's configuration: the byte that the controller goes by, and the one in guest memory now.</summary>
public readonly record struct ConfigurationStep
{
    public required LpiSummary InForce { get; init; }

    /// <summary>Whether a configuration table covers the LPI.</summary>
    public required bool HasPlace { get; init; }

    public required GuestAddress Address { get; init; }

    /// <summary>Whether the byte in memory could be read: Fault, too, when it has no place.</summary>
    public required MemoryStatus MemoryStatus { get; init; }

    public required bool IsEnabledInMemory { get; init; }

    public required byte PriorityInMemory { get; init; }

    /// <summary>Whether INV would change anything.</summary>
    public bool Differs => MemoryStatus == MemoryStatus.Ok
        && (IsEnabledInMemory != InForce.IsEnabled || PriorityInMemory != InForce.Priority);

    /// <summary>Whether it lets the LPI through.</summary>
    public bool Passes => InForce.IsEnabled;
}

/// <summary>An SGI, PPI or SPI as its registers have it.</summary>
public readonly record struct DirectStep
{
    public required IntId IntId { get; init; }

    /// <summary>Of an SPI: GICD_IROUTER.</summary>
    public required ulong? Route { get; init; }

    public required bool IsOneOfN { get; init; }

    /// <summary>Whom it comes to; of 1-of-N, who could take it now or would be the first to be asked.</summary>
    public required VcpuIndex? Target { get; init; }

    public required bool IsGroup1 { get; init; }

    public required bool IsEnabled { get; init; }

    public required bool IsPending { get; init; }

    public required bool IsActive { get; init; }

    public required bool IsEdgeTriggered { get; init; }

    public required bool IsLevelHigh { get; init; }

    public required byte Priority { get; init; }

    /// <summary>Whether it lets the interrupt through.</summary>
    public bool Passes => IsEnabled && !IsActive && Target is not null;
}

/// <summary>The vCPU's CPU interface and what comes out of it.</summary>
public readonly record struct CpuInterfaceStep
{
    public required VcpuIndex Vcpu { get; init; }

    /// <summary>Of the interrupt in question.</summary>
    public required bool IsGroup1 { get; init; }

    /// <summary>Of the interrupt in question.</summary>
    public required byte Priority { get; init; }

    public required bool DistributorGroup0 { get; init; }

    public required bool DistributorGroup1 { get; init; }

    public required bool Group0 { get; init; }

    public required bool Group1 { get; init; }

    public required byte PriorityMask { get; init; }

    public required byte RunningPriority { get; init; }

    public required int BinaryPoint0 { get; init; }

    public required int BinaryPoint1 { get; init; }

    /// <summary>What has a priority value below this is let through by the mask and by what runs.</summary>
    public required int Limit { get; init; }

    /// <summary>The best pending interrupt of the enabled groups; null for none.</summary>
    public required IntId? HighestPending { get; init; }

    public required byte HighestPendingPriority { get; init; }

    /// <summary>Whether an interrupt that is not this one comes before it.</summary>
    public required bool IsOutranked { get; init; }

    public required VcpuLine Line { get; init; }

    /// <summary>Whether GICD_CTLR enables the interrupt's group.</summary>
    public bool IsForwarded => IsGroup1 ? DistributorGroup1 : DistributorGroup0;

    /// <summary>Whether the CPU interface does.</summary>
    public bool IsGroupEnabled => IsGroup1 ? Group1 : Group0;

    /// <summary>Whether it lets the interrupt through, if that is pending.</summary>
    public bool Passes => IsForwarded && IsGroupEnabled && Priority < Limit && !IsOutranked;
}
