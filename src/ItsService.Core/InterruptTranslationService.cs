using ItsService.Core.Commands;
using ItsService.Core.Events;
using ItsService.Core.Identifiers;
using ItsService.Core.Profiles;
using ItsService.Core.Redistributors;
using ItsService.Core.State;
using ItsService.Core.Submissions;
using ItsService.Core.Tables;
using ItsService.Core.Translation;

namespace ItsService.Core;

/// <summary>
/// One ITS: what it knows of devices, events and collections, and the checks that its commands share.
/// </summary>
internal sealed class InterruptTranslationService
{
    public InterruptTranslationService(GicParts parts, int number)
    {
        Parts = parts;
        Number = number;
        ControlFrame = new ItsControlFrame(this);
    }

    public GicParts Parts { get; }

    /// <summary>The ITS's number in its VM.</summary>
    public int Number { get; }

    public ItsControlFrame ControlFrame { get; }

    public CommandQueue Queue { get; } = new();

    /// <summary>What others than the guest have put into the queue.</summary>
    public SubmissionTracker Submissions { get; } = new();

    /// <summary>GITS_CTLR.Enabled.</summary>
    public bool IsEnabled => ControlFrame.IsEnabled;

    /// <summary>Whether a command waits that may be executed now.</summary>
    public bool HasRunnableCommand => IsEnabled && Queue.HasCommand;

    /// <summary>The mapped devices by DeviceID.</summary>
    public IdMap<MappedDevice> Devices { get; } = new();

    public CollectionTable Collections { get; } = new();

    public GuestTable DeviceTable => new(ControlFrame.DeviceBaser);

    private GicProfile Profile => Parts.Profile;

    public bool IsDeviceIdImplemented(DeviceId device) => ((ulong)device.Value >> Profile.DeviceIdBits) == 0;

    public bool IsCollectionIdImplemented(CollectionId collection) =>
        ((ulong)collection.Value >> Profile.CollectionIdBits) == 0;

    /// <summary>
    /// Whether the device table reaches as far as a DeviceID, as far as can be told without guest memory.
    /// </summary>
    public bool IsDeviceInTable(DeviceId device) =>
        IsDeviceIdImplemented(device) && device.Value < DeviceTable.Capacity;

    /// <summary>The place of a device, mapped or not.</summary>
    public TableSlot LocateDevice(DeviceId device) => IsDeviceIdImplemented(device)
        ? DeviceTable.Locate(device.Value, Parts.Memory)
        : new TableSlot(TableSlotStatus.OutOfRange);

    /// <summary>
    /// Whether the collection has a place in hardware or in the collection table, as far as can be told without guest
    /// memory.
    /// </summary>
    public bool IsCollectionInTable(CollectionId collection) =>
        IsCollectionIdImplemented(collection)
        && collection.Value
            < (ulong)Profile.HardwareCollections + new GuestTable(ControlFrame.CollectionBaser).Capacity;

    /// <summary>The place of a collection; one held by hardware is found without memory.</summary>
    public TableSlot LocateCollection(CollectionId collection)
    {
        var held = (uint)Profile.HardwareCollections;
        return collection.Value < held
            ? new TableSlot(TableSlotStatus.Found)
            : new GuestTable(ControlFrame.CollectionBaser).Locate(collection.Value - held, Parts.Memory);
    }

    /// <summary>
    /// The redistributor that a command's RDbase field names: by Processor_Number, or with GITS_TYPER.PTA by the
    /// address of its RD_base frame.
    /// </summary>
    public VcpuIndex? ResolveTarget(ulong field)
    {
        var number = Profile.PhysicalTargetAddresses
            ? (ulong?)Parts.Layout.RedistributorAt(new GuestAddress(field << 16))?.Value
            : field;
        return number < (ulong)Parts.Redistributors.Length ? new VcpuIndex((int)number) : null;
    }

    /// <summary>Whether MAPTI may name this LPI.</summary>
    public bool IsLpiInRangeForMapping(IntId lpi) => Profile.MaptiNeedsConfiguration
        ? Parts.ConfigurationReaders.FirstFor(lpi) is not null
        : lpi.IsLpi && (lpi.Value >> Profile.IntIdBits) == 0;

    /// <summary>
    /// The redistributor through whose GICR_PROPBASER an event's configuration is read: the collection's target, or
    /// while there is none the first one whose table covers the LPI. Null when none does, and then the configuration is
    /// read when LPIs are enabled.
    /// </summary>
    public Redistributor? ConfigurationReaderFor(IntId lpi, CollectionId collection) =>
        Collections.Target(collection) is { } target && Parts.Redistributors[target.Value].IsLpiInRange(lpi)
            ? Parts.Redistributors[target.Value]
            : Parts.ConfigurationReaders.FirstFor(lpi);

    /// <summary>
    /// Reads the configuration of an LPI that comes to another redistributor: what changed before LPIs were enabled
    /// there must be seen there. One that has LPIs disabled reads it when they are enabled.
    /// </summary>
    public CommandResult LoadConfiguration(IntId lpi, Redistributor destination) => destination.TakesLpi(lpi)
        ? CommandResult.From(Parts.Configurations.Reload(destination, lpi))
        : CommandResult.Done;

    /// <summary>The same for all LPIs of a collection that gets another target.</summary>
    public CommandResult LoadConfigurations(CollectionId collection, Redistributor destination)
    {
        if (!destination.LpisEnabled)
        {
            return CommandResult.Done;
        }

        Span<byte> piece = stackalloc byte[LpiConfigurationRefresh.PieceBytes];
        var refresh = new LpiConfigurationRefresh(Parts, destination, piece);
        var outcome = refresh.CollectKnown(new LpisOfCollection(Number, collection));
        if (!outcome.IsOk)
        {
            return CommandResult.From(outcome);
        }

        refresh.Commit();
        return CommandResult.Done;
    }

    /// <summary>Tells those who look after the guest that a message was dropped.</summary>
    public void ReportDrop(
        DeviceId device, EventId eventId, MsiResult result, CommandOpcode sentBy = CommandOpcode.None) =>
        Parts.Events.Append(new GicEvent
        {
            Kind = GicEventKind.MsiDropped,
            Its = Number,
            Vcpu = result.Target,
            Opcode = sentBy,
            Device = device,
            Event = eventId,
            Lpi = result.Lpi,
            Outcome = result.Outcome,
        });

    /// <summary>Tells of a write to the doorbell that is no message.</summary>
    public void ReportIgnoredDoorbellWrite(int offset, int sizeBytes, ulong value, DeviceId? requester) =>
        Parts.Events.Append(new GicEvent
        {
            Kind = GicEventKind.DoorbellWriteIgnored,
            Its = Number,
            IsByDevice = requester is not null,
            Device = requester ?? default,
            Offset = offset,
            SizeBytes = sizeBytes,
            Value = value,
        });

    /// <summary>Takes the pending state of an event's LPI away; false when its collection is not mapped.</summary>
    public bool ClearPending(InterruptTranslationEntry entry)
    {
        if (Collections.Target(entry.Collection) is not { } target)
        {
            return false;
        }

        Parts.Redistributors[target.Value].Lpis.Remove(entry.Lpi);
        Parts.Counters.CountClearedLpis();
        return true;
    }

    /// <summary>Forgets a device with its events; what is pending stays pending (commands 6.1).</summary>
    public void RemoveDevice(DeviceId device)
    {
        if (Devices[device.Value] is { } mapped)
        {
            Devices.Remove(device.Value);
            Parts.MappedDeviceCount--;
            ForgetEvents(mapped);
        }
    }

    /// <summary>Puts a device in place of the one that has its DeviceID.</summary>
    public void AddDevice(MappedDevice device)
    {
        RemoveDevice(device.Id);
        Devices.Set(device.Id.Value, device);
        Parts.MappedDeviceCount++;
    }

    public void RemoveAllDevices()
    {
        Parts.Work.AddLpis(Devices.Count);
        foreach (var entry in Devices.InOrder())
        {
            ForgetEvents(entry.Value);
        }

        Parts.MappedDeviceCount -= Devices.Count;
        Devices.Clear();
    }

    public void Reset()
    {
        Submissions.EndAll(SubmittedCommandOutcome.Reset);
        ForgetMappings();
        Restore(StateAtReset);
    }

    public ItsState StateAtReset => new(
        ControlFrame: ControlFrame.StateAtReset,
        Queue: CommandQueue.StateAtReset,
        Collections: [],
        Devices: []);

    /// <summary>Forgets what is mapped.</summary>
    public void ForgetMappings()
    {
        RemoveAllDevices();
        Collections.ClearFrom(0);
    }

    public ItsState Save(EventMemory memory) => new(
        ControlFrame.Save(),
        Queue.Save(),
        [.. Collections.InOrder().Select(entry => new CollectionState(entry.Collection.Value, entry.Target.Value))],
        [.. Devices.InOrder().Select(entry => entry.Value.Save(memory))]);

    /// <summary>Nothing may be mapped.</summary>
    public void Restore(ItsState state)
    {
        var (controlFrame, queue, collections, devices) = state;
        ControlFrame.Restore(controlFrame);
        Queue.Restore(queue);
        foreach (var (collection, vcpu) in collections)
        {
            Collections.Map(new CollectionId(collection), new VcpuIndex(vcpu));
        }

        foreach (var device in devices)
        {
            Restore(device);
        }
    }

    /// <summary>Maps a device, which must not be mapped, with its events.</summary>
    public void Restore(DeviceState state)
    {
        var (id, ittAddress, eventIdBits, events) = state;
        var device = new MappedDevice(new DeviceId(id), new GuestAddress(ittAddress), eventIdBits);
        AddDevice(device);
        if (!events.IsEmpty)
        {
            device.Events.Reserve(events.Length, events.Span[^1].Event);
        }

        foreach (var (eventId, lpi, collection) in events.Span)
        {
            device.Events.Set(eventId, new InterruptTranslationEntry(new IntId(lpi), new CollectionId(collection)));
            Parts.Configurations.RestoreMapping(new IntId(lpi), Number, new CollectionId(collection));
        }

        Parts.MappedEventCount += events.Length;
    }

    private void ForgetEvents(MappedDevice device)
    {
        if (device.Events.Count == 0)
        {
            return;
        }

        Parts.Work.AddLpis(device.Events.Count);
        foreach (var entry in device.Events.InOrder())
        {
            Parts.Configurations.RemoveMapping(entry.Value.Lpi);
        }

        Parts.MappedEventCount -= device.Events.Count;
    }
}
