using System.Runtime.InteropServices;
using Google.Protobuf;
using ItsService.Core.State;
using ItsService.Server.Hosting;

namespace ItsService.Server.State;

/// <summary>
/// The model's state as the message that is saved. Each record is taken apart by position: one with a new part does not
/// compile here until the message has a place for it.
/// </summary>
internal static class StateToWire
{
    /// <summary>The message, which shares the large arrays with the state.</summary>
    public static V1.SavedState Of(GicState state, V1.SavedShape shape)
    {
        var (distributor, redistributors, cpuInterfaces, services, lpis, firstToStep) = state;
        return new V1.SavedState
        {
            SavedBy = ServiceVersion.Text,
            Shape = shape,
            Distributor = DistributorOf(distributor),
            Redistributors = { redistributors.Select(RedistributorOf) },
            CpuInterfaces = { cpuInterfaces.Select(CpuInterfaceOf) },
            Its = { services.Select(ItsOf) },
            Lpis = LpisOf(lpis),
            FirstToStep = (uint)firstToStep,
        };
    }

    private static V1.SavedDistributor DistributorOf(DistributorState state)
    {
        var (group0Enabled, group1Enabled, spiBanks, routes) = state;
        return new V1.SavedDistributor
        {
            Group0Enabled = group0Enabled,
            Group1Enabled = group1Enabled,
            SpiBanks = { spiBanks.Select(BankOf) },
            Routes = { routes },
        };
    }

    private static V1.SavedInterruptBank BankOf(InterruptBankState state)
    {
        var (group1, enabled, pendingLatch, active, priorities, configuration, level, notifiesEnd) = state;
        return new V1.SavedInterruptBank
        {
            Group1 = group1,
            Enabled = enabled,
            PendingLatch = pendingLatch,
            Active = active,
            Priorities = PackedNumbers.ToBytes(priorities),
            Configuration = { configuration },
            Level = level,
            NotifiesEnd = notifiesEnd,
        };
    }

    private static V1.SavedRedistributor RedistributorOf(RedistributorState state)
    {
        var (lpisEnabled, isAsleep, propbaser, propbaserInForce, pendbaser, privateInterrupts, pendingLpis,
            group0Barred, group1Barred) = state;
        return new V1.SavedRedistributor
        {
            LpisEnabled = lpisEnabled,
            Asleep = isAsleep,
            Propbaser = propbaser,
            PropbaserInForce = propbaserInForce,
            Pendbaser = pendbaser,
            PrivateInterrupts = BankOf(privateInterrupts),
            PendingLpis = PackedNumbers.ToBytes(pendingLpis),
            Group0BarredFromOneOfN = group0Barred,
            Group1BarredFromOneOfN = group1Barred,
        };
    }

    private static V1.SavedCpuInterface CpuInterfaceOf(CpuInterfaceState state)
    {
        var (priorityMask, binaryPoint0, binaryPoint1, control, group0Enabled, group1Enabled, active0, active1) = state;
        return new V1.SavedCpuInterface
        {
            PriorityMask = priorityMask,
            BinaryPoint0 = (uint)binaryPoint0,
            BinaryPoint1 = (uint)binaryPoint1,
            Control = control,
            Group0Enabled = group0Enabled,
            Group1Enabled = group1Enabled,
            ActivePriorities0 = { active0 },
            ActivePriorities1 = { active1 },
        };
    }

    private static V1.SavedIts ItsOf(ItsState state)
    {
        var (controlFrame, queue, collections, devices) = state;
        var (isEnabled, basers, statusr, umsir) = controlFrame;
        var (cbaser, readOffset, writeOffset, isStalled) = queue;
        return new V1.SavedIts
        {
            Enabled = isEnabled,
            Basers = { basers },
            Statusr = statusr,
            Umsir = umsir,
            Cbaser = cbaser,
            ReadOffset = readOffset,
            WriteOffset = writeOffset,
            Stalled = isStalled,
            Collections = { collections.Select(CollectionOf) },
            Devices = { devices.Select(DeviceOf) },
        };
    }

    private static V1.SavedCollection CollectionOf(CollectionState state)
    {
        var (collection, vcpu) = state;
        return new V1.SavedCollection { CollectionId = collection, Vcpu = (uint)vcpu };
    }

    private static V1.SavedDevice DeviceOf(DeviceState state)
    {
        var (device, ittAddress, eventIdBits, events) = state;
        return new V1.SavedDevice
        {
            DeviceId = device,
            IttAddress = ittAddress,
            EventIdBits = (uint)eventIdBits,
            Events = PackedNumbers.ToBytes(events),
        };
    }

    private static V1.SavedLpis LpisOf(LpiConfigurationsState state)
    {
        var (blocks, owners) = state;
        return new V1.SavedLpis { Blocks = { blocks.Select(BlockOf) }, Owners = { owners.Select(OwnerOf) } };
    }

    private static V1.SavedLpiBlock BlockOf(LpiBlockState state)
    {
        var (firstLpi, known, configurations) = state;
        return new V1.SavedLpiBlock
        {
            FirstLpi = firstLpi,
            Known = ByteString.CopyFrom(MemoryMarshal.AsBytes(known.AsSpan())),
            Configurations = PackedNumbers.ToBytes(configurations),
        };
    }

    private static V1.SavedLpiOwner OwnerOf(LpiOwnerState state)
    {
        var (lpi, its, collection) = state;
        return new V1.SavedLpiOwner { Lpi = lpi, Its = (uint)its, CollectionId = collection };
    }
}
