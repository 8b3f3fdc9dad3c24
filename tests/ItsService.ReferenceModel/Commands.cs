namespace ItsService.ReferenceModel;

/// <summary>
/// What each command checks, in the order of docs/command-errors.md, and does: commands 6. A command is done wholly or
/// not at all, so every check comes before the first change.
/// </summary>
internal sealed class Commands(Its its, Command command)
{
    private const ulong IttEntryBytes = 8;

    /// <summary>What became of the message, once an INT was executed.</summary>
    public ReferenceMessage? Message { get; private set; }

    private Machine Machine => its.Machine;

    private ReferenceProfile Profile => its.Machine.Profile;

    private LpiConfigurations Configurations => its.Machine.Configurations;

    /// <summary>commands 2: virtual commands are as unknown as any other number.</summary>
    public CommandResult Execute() => command.Opcode switch
    {
        0x01 => Movi(),
        0x03 => Int(),
        0x04 => Clear(),
        0x05 => CommandResult.Done, // SYNC: all effects are there already, and RDbase is not checked.
        0x08 => Mapd(),
        0x09 => Mapc(),
        0x0A => Mapti(0x01_0A00, command.Lpi),
        0x0B => Mapti(0x01_0B00, command.EventId),
        0x0C => Inv(),
        0x0D => Invall(),
        0x0E => Movall(),
        0x0F => Discard(),
        _ => CommandResult.UnknownOpcode,
    };

    private bool DeviceIdFits => command.DeviceId < 1UL << Profile.DeviceIdBits;

    private bool DeviceIdInRange => DeviceIdFits && command.DeviceId < its.DeviceTable.Capacity();

    private bool CollectionIdFits =>
        command.CollectionId < 1UL << (Profile.CollectionIdLimit ? Profile.CollectionIdBits : 16);

    private bool CollectionIsOfHardware => command.CollectionId < Profile.Hcc;

    /// <summary>CCT is 1: the table comes on top of the collections of hardware.</summary>
    private ulong CollectionTableNumber => command.CollectionId - (ulong)Profile.Hcc;

    private CommandResult Mapd()
    {
        if (!DeviceIdFits)
        {
            return CommandResult.Error(0x01_0801);
        }

        if (command.Valid && command.EventIdBits > Profile.EventIdBits)
        {
            return CommandResult.Error(0x01_0802);
        }

        var table = its.DeviceTable;
        if (PlaceError(table.Locate(command.DeviceId, out var entryAddress), 0x01_0801) is { } error)
        {
            return error;
        }

        if (command.Valid)
        {
            var devices = Machine.Itss.Sum(each => (long)each.Devices.Count);
            if (!its.Devices.ContainsKey(command.DeviceId) && devices >= Machine.Configuration.MappedDevicesMax)
            {
                return CommandResult.MappingLimit;
            }

            // Mapping again forgets the events; what is pending stays where it is.
            its.Devices[command.DeviceId] =
                new ReferenceDevice(command.DeviceId, command.IttAddress, command.EventIdBits, []);
            return CommandResult.Done;
        }

        if (!Machine.Memory.TryWrite(entryAddress, new byte[table.EntryBytes]))
        {
            return CommandResult.MemoryFault;
        }

        its.Devices.Remove(command.DeviceId);
        return CommandResult.Done;
    }

    private CommandResult Mapc()
    {
        if (!CollectionIdFits)
        {
            return CommandResult.Error(0x01_0903);
        }

        if (!command.Valid)
        {
            its.Collections.Remove(command.CollectionId);
            return CommandResult.Done;
        }

        if (Machine.VcpuOf(command.Rdbase) is not { } target)
        {
            return CommandResult.Error(0x01_0902);
        }

        if (!CollectionIsOfHardware
            && PlaceError(its.CollectionTable.Locate(CollectionTableNumber, out _), 0x01_0903) is { } error)
        {
            return error;
        }

        if (its.Collections.TryGetValue(command.CollectionId, out var present) && Profile.MapcMovesPending)
        {
            foreach (var lpi in Machine.Redistributors[present].Pending.ToList())
            {
                if (Configurations.IsLastMappedThrough(lpi, its.Index, command.CollectionId))
                {
                    Machine.Redistributors[present].MovePending(lpi, Machine.Redistributors[target]);
                }
            }
        }

        its.Collections[command.CollectionId] = target;
        foreach (var lpi in Configurations.LastMappedThrough(its.Index, command.CollectionId).ToList())
        {
            Configurations.RefreshIfNeverRead(Machine.Redistributors[target], lpi);
        }

        return CommandResult.Done;
    }

    /// <summary>MAPTI and MAPI, whose codes differ in their second byte.</summary>
    private CommandResult Mapti(uint codes, uint lpi)
    {
        if (!its.Devices.TryGetValue(command.DeviceId, out var device))
        {
            return CommandResult.Error(codes | (DeviceIdInRange ? 0x04u : 0x01u));
        }

        if (command.EventId >= 1UL << device.EventIdBits)
        {
            return CommandResult.Error(codes | 0x05);
        }

        if (lpi < Redistributor.FirstLpi || lpi >= 1UL << LpiBitsForMapping())
        {
            return CommandResult.Error(codes | 0x06);
        }

        if (!CollectionIdFits
            || (!CollectionIsOfHardware && CollectionTableNumber >= its.CollectionTable.Capacity()))
        {
            return CommandResult.Error(codes | 0x03);
        }

        if (!Machine.Memory.CanWrite(EntryAddress(device), IttEntryBytes))
        {
            return CommandResult.MemoryError(codes | 0x05);
        }

        var events = Machine.Itss.Sum(each => each.Devices.Values.Sum(one => (long)one.Events.Count));
        if (!device.Events.ContainsKey(command.EventId) && events >= Machine.Configuration.MappedEventsMax)
        {
            return CommandResult.MappingLimit;
        }

        if (Configurations.Reader(Target(command.CollectionId), lpi) is { } reader)
        {
            if (reader.TryReadConfiguration(lpi, out var configuration))
            {
                Configurations.Store(lpi, configuration);
            }
            else if (Profile.MaptiNeedsConfiguration)
            {
                return CommandResult.MemoryFault;
            }
        }

        device.Events[command.EventId] = new ReferenceEvent(lpi, command.CollectionId);
        Configurations.Map(lpi, its.Index, command.CollectionId);
        return CommandResult.Done;
    }

    private CommandResult Movi()
    {
        if (EventError(0x01_0100, out var device, out var mapped) is { } error)
        {
            return error;
        }

        if (!CollectionIdFits)
        {
            return CommandResult.Error(0x01_0103);
        }

        if (Target(mapped.CollectionId) is not { } present || Target(command.CollectionId) is not { } target)
        {
            return CommandResult.Error(0x01_0109);
        }

        device.Events[command.EventId] = mapped with { CollectionId = command.CollectionId };
        Configurations.Map(mapped.Lpi, its.Index, command.CollectionId);
        Machine.Redistributors[present].MovePending(mapped.Lpi, Machine.Redistributors[target]);
        Configurations.RefreshIfNeverRead(Machine.Redistributors[target], mapped.Lpi);
        return CommandResult.Done;
    }

    private CommandResult Movall()
    {
        if (Machine.VcpuOf(command.Rdbase) is not { } source || Machine.VcpuOf(command.Rdbase2) is not { } destination)
        {
            return CommandResult.Error(0x01_0E01);
        }

        foreach (var lpi in Machine.Redistributors[source].Pending.ToList())
        {
            Machine.Redistributors[source].MovePending(lpi, Machine.Redistributors[destination]);
        }

        return CommandResult.Done;
    }

    private CommandResult Discard()
    {
        if (EventError(0x01_0F00, out var device, out var mapped) is { } error)
        {
            return error;
        }

        if (Target(mapped.CollectionId) is not { } target)
        {
            return CommandResult.Error(0x01_0F09);
        }

        if (!Machine.Memory.TryWrite(EntryAddress(device), new byte[IttEntryBytes]))
        {
            return CommandResult.MemoryFault;
        }

        Machine.Redistributors[target].Pending.Remove(mapped.Lpi);
        device.Events.Remove(command.EventId);
        return CommandResult.Done;
    }

    /// <summary>Works without a collection too; a byte that cannot be read is no error.</summary>
    private CommandResult Inv()
    {
        if (EventError(0x01_0C00, out _, out var mapped) is { } error)
        {
            return error;
        }

        Configurations.Refresh(Configurations.Reader(Target(mapped.CollectionId), mapped.Lpi), mapped.Lpi);
        return CommandResult.Done;
    }

    private CommandResult Clear()
    {
        if (EventError(0x01_0500, out _, out var mapped) is { } error)
        {
            return error;
        }

        if (Target(mapped.CollectionId) is not { } target)
        {
            return CommandResult.Error(0x01_0509);
        }

        Machine.Redistributors[target].Pending.Remove(mapped.Lpi);
        return CommandResult.Done;
    }

    /// <summary>A redistributor that drops the LPI is no error: decision 0004.</summary>
    private CommandResult Int()
    {
        var message = its.Translation.Pend(command.DeviceId, command.EventId);
        Message = message;
        return message.Outcome switch
        {
            ReferenceMsiOutcome.DroppedDeviceOutOfRange => CommandResult.Error(0x01_0301),
            ReferenceMsiOutcome.DroppedLevel1Invalid => CommandResult.Error(0x01_0301),
            ReferenceMsiOutcome.DroppedDeviceUnmapped => CommandResult.Error(0x01_0304),
            ReferenceMsiOutcome.DroppedEventOutOfRange => CommandResult.Error(0x01_0305),
            ReferenceMsiOutcome.DroppedEventUnmapped => CommandResult.Error(0x01_0307),
            ReferenceMsiOutcome.DroppedCollectionUnmapped => CommandResult.Error(0x01_0309),
            _ => CommandResult.Done,
        };
    }

    private CommandResult Invall()
    {
        if (!CollectionIdFits)
        {
            return CommandResult.Error(0x01_0D03);
        }

        if (Target(command.CollectionId) is not { } target)
        {
            return CommandResult.Error(0x01_0D09);
        }

        Configurations.RefreshAll(target);
        return CommandResult.Done;
    }

    private int? Target(uint collectionId) => its.Collections.TryGetValue(collectionId, out var vcpu) ? vcpu : null;

    private ulong EntryAddress(ReferenceDevice device) => device.IttAddress + (IttEntryBytes * command.EventId);

    /// <summary>"Too large" of docs/command-errors.md, "MAPTI, MAPI".</summary>
    private int LpiBitsForMapping() => Profile.MaptiNeedsConfiguration
        ? Machine.Redistributors.Max(redistributor => redistributor.IntIdBits())
        : Profile.IntIdBits;

    /// <summary>The rows that MAPD and MAPC share. Of these only what memory refuses is a memory error.</summary>
    private static CommandResult? PlaceError(TablePlace place, uint code) => place switch
    {
        TablePlace.Found => null,
        TablePlace.LevelOneNotInRam or TablePlace.EntryNotInRam => CommandResult.MemoryError(code),
        _ => CommandResult.Error(code),
    };

    /// <summary>The first four rows of the commands that name an event.</summary>
    private CommandResult? EventError(uint codes, out ReferenceDevice device, out ReferenceEvent mapped)
    {
        mapped = default;
        if (!its.Devices.TryGetValue(command.DeviceId, out device!))
        {
            return CommandResult.Error(codes | (DeviceIdInRange ? 0x04u : 0x01u));
        }

        if (!device.Events.TryGetValue(command.EventId, out mapped))
        {
            var inRange = command.EventId < 1UL << device.EventIdBits;
            return CommandResult.Error(codes | (inRange ? 0x07u : 0x05u));
        }

        return null;
    }
}
