using ItsService.Core.Explanation;
using ItsService.Core.Memory;
using ItsService.Server.Machines;

namespace ItsService.Server.Inspection.Explanation;

/// <summary>The steps of a way on the wire; null for a step that there is not.</summary>
internal static class StepsToWire
{
    public static V1.ItsStep? Of(ItsStep? its) => its is not { } step
        ? null
        : new V1.ItsStep
        {
            Passes = step.Passes,
            Its = (uint)step.Its,
            Enabled = step.IsEnabled,
            QueueValid = step.IsQueueValid,
            Stalled = step.IsStalled,
            ReadOffset = step.ReadOffset,
            WriteOffset = step.WriteOffset,
        };

    public static V1.DeviceStep? Of(DeviceStep? device)
    {
        if (device is not { } step)
        {
            return null;
        }

        var wire = new V1.DeviceStep
        {
            Passes = step.Passes,
            DeviceId = step.Device.Value,
            TableValid = step.IsTableValid,
            TableAddress = step.TableAddress.Value,
            TwoLevel = step.IsTwoLevel,
            Mapped = step.IsMapped,
            IttAddress = step.IttAddress.Value,
            EventIdBits = (uint)step.EventIdBits,
            EventCount = (ulong)step.EventCount,
        };
        if (step.Level1Address is { } level1Address)
        {
            wire.Level1Address = level1Address.Value;
        }

        if (step.Level1Entry is { } level1Entry)
        {
            wire.Level1Entry = level1Entry;
        }

        if (step.EntryAddress is { } entryAddress)
        {
            wire.EntryAddress = entryAddress.Value;
        }

        return wire;
    }

    public static V1.EventStep? Of(EventStep? mapped)
    {
        if (mapped is not { } step)
        {
            return null;
        }

        var wire = new V1.EventStep
        {
            Passes = step.Passes,
            EventId = step.Event.Value,
            InRange = step.IsInRange,
            Mapped = step.IsMapped,
            IntId = step.Lpi.Value,
            CollectionId = step.Collection.Value,
        };
        if (step.IsInRange)
        {
            wire.EntryAddress = step.EntryAddress.Value;
        }

        return wire;
    }

    public static V1.CollectionStep? Of(CollectionStep? collection)
    {
        if (collection is not { } step)
        {
            return null;
        }

        var wire = new V1.CollectionStep { Passes = step.Passes, CollectionId = step.Collection.Value };
        if (step.Target is { } target)
        {
            wire.Vcpu = (uint)target.Value;
        }

        return wire;
    }

    public static V1.RedistributorStep? Of(RedistributorStep? redistributor) => redistributor is not { } step
        ? null
        : new V1.RedistributorStep
        {
            Passes = step.Passes,
            Vcpu = (uint)step.Vcpu.Value,
            Affinity = step.Summary.Affinity.Packed,
            LpisEnabled = step.Summary.AreLpisEnabled,
            ConfigurationTableAddress = step.Summary.ConfigurationTable.Value,
            PendingTableAddress = step.Summary.PendingTable.Value,
            IntIdBits = (uint)step.Summary.IntIdBits,
            InRange = step.IsInRange,
            Pending = step.IsPending,
            PendingLpiCount = (ulong)step.Summary.PendingLpiCount,
        };

    public static V1.ConfigurationStep? Of(ConfigurationStep? configuration)
    {
        if (configuration is not { } step)
        {
            return null;
        }

        var wire = new V1.ConfigurationStep
        {
            Passes = step.Passes,
            Known = step.InForce.IsConfigurationKnown,
            Enabled = step.InForce.IsEnabled,
            Priority = step.InForce.Priority,
            MemoryReadable = step.MemoryStatus == MemoryStatus.Ok,
            MemoryEnabled = step.IsEnabledInMemory,
            MemoryPriority = step.PriorityInMemory,
            Differs = step.Differs,
        };
        if (step.HasPlace)
        {
            wire.MemoryAddress = step.Address.Value;
        }

        return wire;
    }

    public static V1.InterruptStep? Of(DirectStep? direct)
    {
        if (direct is not { } step)
        {
            return null;
        }

        var wire = new V1.InterruptStep
        {
            Passes = step.Passes,
            IntId = step.IntId.Value,
            Enabled = step.IsEnabled,
            Pending = step.IsPending,
            Active = step.IsActive,
            Group = GroupOf(step.IsGroup1),
            Priority = step.Priority,
            EdgeTriggered = step.IsEdgeTriggered,
            LevelHigh = step.IsLevelHigh,
            OneOfN = step.IsOneOfN,
        };
        if (step.Route is { } route)
        {
            wire.Route = route;
        }

        if (step.Target is { } target)
        {
            wire.Vcpu = (uint)target.Value;
        }

        return wire;
    }

    public static V1.CpuInterfaceStep? Of(CpuInterfaceStep? cpuInterface)
    {
        if (cpuInterface is not { } step)
        {
            return null;
        }

        var wire = new V1.CpuInterfaceStep
        {
            Passes = step.Passes,
            Vcpu = (uint)step.Vcpu.Value,
            Group = GroupOf(step.IsGroup1),
            Priority = step.Priority,
            DistributorGroup0 = step.DistributorGroup0,
            DistributorGroup1 = step.DistributorGroup1,
            Group0 = step.Group0,
            Group1 = step.Group1,
            PriorityMask = step.PriorityMask,
            RunningPriority = step.RunningPriority,
            BinaryPoint0 = (uint)step.BinaryPoint0,
            BinaryPoint1 = (uint)step.BinaryPoint1,
            Limit = (uint)step.Limit,
            HighestPendingPriority = step.HighestPendingPriority,
            Line = LineReport.ToWire(step.Line),
        };
        if (step.HighestPending is { } highest)
        {
            wire.HighestPendingIntId = highest.Value;
        }

        return wire;
    }

    private static uint GroupOf(bool isGroup1) => isGroup1 ? 1u : 0u;
}
