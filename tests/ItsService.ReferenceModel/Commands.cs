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

    public CommandResult Execute()
    {
        var result = Dispatch();
        Configurations.ForgetWhatIsNowhere();
        return result;
    }

    /// <summary>commands 2: virtual commands are as unknown as any other number.</summary>
    private CommandResult Dispatch() => command.Opcode switch
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

    private bool CollectionIdFits =>
        command.CollectionId < 1UL << (Profile.CollectionIdLimit ? Profile.CollectionIdBits : 16);

    /// <summary>docs/command-errors.md, "ICID out of range", but of an ICID that fits.</summary>
    private bool CollectionHasPlace => CollectionIsOfHardware || CollectionTableNumber < its.CollectionTable.Capacity();

    private bool CollectionIsOfHardware => command.CollectionId < Profile.Hcc;

    /// <summary>CCT is 1: the table comes on top of the collections of hardware.</summary>
    private ulong CollectionTableNumber => command.CollectionId - (ulong)Profile.Hcc;

    private CommandResult Mapd()
    {
        if (!DeviceIdFits || command.DeviceId >= its.DeviceTable.Capacity())
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

        var present = Target(command.CollectionId);
        its.Collections[command.CollectionId] = target;
        if (present != target)
        {
            BringCollection(present, Machine.Redistributors[target]);
        }

        return CommandResult.Done;
    }

    /// <summary>The collection's LPIs come to a redistributor, in some profiles with their pending states.</summary>
    private void BringCollection(int? source, Redistributor destination)
    {
        foreach (var lpi in Configurations.LpisOf(its.Index, command.CollectionId))
        {
            Configurations.RefreshAtArrival(destination, lpi);
            if (source is { } vcpu && Profile.MapcMovesPending)
            {
                Machine.Redistributors[vcpu].MovePending(lpi, destination);
            }
        }
    }

    /// <summary>MAPTI and MAPI, whose codes differ in their second byte.</summary>
    private CommandResult Mapti(uint codes, uint lpi)
    {
        if (!its.Devices.TryGetValue(command.DeviceId, out var device))
        {
            return DeviceError(codes);
        }

        if (command.EventId >= 1UL << device.EventIdBits)
        {
            return CommandResult.Error(codes | 0x05);
        }

        if (lpi < Redistributor.FirstLpi || lpi >= 1UL << LpiBitsForMapping())
        {
            return CommandResult.Error(codes | 0x06);
        }

        if (!CollectionIdFits || !CollectionHasPlace)
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

        byte? configuration = null;
        if (Configurations.Reader(Target(command.CollectionId), lpi) is { } reader)
        {
            if (reader.TryReadConfiguration(lpi, out var read))
            {
                configuration = read;
            }
            else if (Profile.MaptiNeedsConfiguration)
            {
                return CommandResult.MemoryFault;
            }
        }

        if (Profile.MaptiNeedsPendingTable
            && Target(command.CollectionId) is { } target
            && !Machine.Redistributors[target].CanWriteBack(lpi))
        {
            return CommandResult.MemoryFault;
        }

        if (configuration is { } known)
        {
            Configurations.Store(lpi, known);
        }

        device.Events[command.EventId] = new ReferenceEvent(lpi, command.CollectionId);
        Configurations.GiveCollection(lpi, its.Index, command.CollectionId);
        return CommandResult.Done;
    }

    private CommandResult Movi()
    {
        if (EventError(0x01_0100, out var device, out var mapped) is { } error)
        {
            return error;
        }

        if (!CollectionIdFits || !CollectionHasPlace)
        {
            return CommandResult.Error(0x01_0103);
        }

        if (Target(mapped.CollectionId) is not { } present || Target(command.CollectionId) is not { } target)
        {
            return CommandResult.Error(0x01_0109);
        }

        device.Events[command.EventId] = mapped with { CollectionId = command.CollectionId };
        Configurations.GiveCollection(mapped.Lpi, its.Index, command.CollectionId);
        if (present != target)
        {
            Configurations.RefreshAtArrival(Machine.Redistributors[target], mapped.Lpi);
            Machine.Redistributors[present].MovePending(mapped.Lpi, Machine.Redistributors[target]);
        }

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
            if (Machine.Redistributors[source].MovePending(lpi, Machine.Redistributors[destination]))
            {
                Configurations.RefreshAtArrival(Machine.Redistributors[destination], lpi);
            }
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
            ReferenceMsiOutcome.DroppedDeviceOutOfRange => DeviceError(0x01_0300),
            ReferenceMsiOutcome.DroppedLevel1Invalid => DeviceError(0x01_0300),
            ReferenceMsiOutcome.DroppedDeviceUnmapped => DeviceError(0x01_0300),
            ReferenceMsiOutcome.DroppedEventOutOfRange => CommandResult.Error(0x01_0305),
            ReferenceMsiOutcome.DroppedEventUnmapped => CommandResult.Error(0x01_0307),
            ReferenceMsiOutcome.DroppedCollectionUnmapped => CommandResult.Error(0x01_0309),
            _ => CommandResult.Done,
        };
    }

    private CommandResult Invall()
    {
        if (!CollectionIdFits || !CollectionHasPlace)
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

    /// <summary>
    /// What a table says of a number that has no place there. Of these only what memory refuses is a memory error.
    /// </summary>
    private static CommandResult? PlaceError(TablePlace place, uint code) => place switch
    {
        TablePlace.Found => null,
        TablePlace.LevelOneNotInRam or TablePlace.EntryNotInRam => CommandResult.MemoryError(code),
        _ => CommandResult.Error(code),
    };

    /// <summary>
    /// The two rows for a device that is not mapped: out of range unless the device table has its entry, with all that
    /// "DeviceID out of range" means in docs/command-errors.md, "Words".
    /// </summary>
    private CommandResult DeviceError(uint codes)
    {
        if (!DeviceIdFits)
        {
            return CommandResult.Error(codes | 0x01);
        }

        return PlaceError(its.DeviceTable.Locate(command.DeviceId, out _), codes | 0x01)
            ?? CommandResult.Error(codes | 0x04);
    }

    /// <summary>The first four rows of the commands that name an event.</summary>
    private CommandResult? EventError(uint codes, out ReferenceDevice device, out ReferenceEvent mapped)
    {
        mapped = default;
        if (!its.Devices.TryGetValue(command.DeviceId, out device!))
        {
            return DeviceError(codes);
        }

        if (!device.Events.TryGetValue(command.EventId, out mapped))
        {
            var inRange = command.EventId < 1UL << device.EventIdBits;
            return CommandResult.Error(codes | (inRange ? 0x07u : 0x05u));
        }

        return null;
    }
}
