using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Tables;

namespace ItsService.Core.Commands;

/// <summary>MAPD binds a DeviceID to an interrupt translation table, or unmaps it (commands 6.1).</summary>
/// <remarks>
/// <code>
/// DW0  63:32 DeviceID                    7:0 opcode 0x08
/// DW1                                    4:0 Size (EventID bits minus one)
/// DW2  63 V | 51:8 ITT_addr[51:8]
/// </code>
/// </remarks>
internal readonly record struct MapdCommand(DeviceId Device, bool Valid, int EventIdBits, GuestAddress IttAddress)
    : ICommand<MapdCommand>
{
    public static MapdCommand Decode(in CommandPacket packet) =>
        new(packet.Device, packet.Valid, (int)packet.Size + 1, packet.IttAddress);

    public CommandResult Execute(InterruptTranslationService service)
    {
        if (!service.IsDeviceInTable(Device))
        {
            return CommandError.MapdDeviceOutOfRange;
        }

        if (Valid && EventIdBits > service.Parts.Profile.EventIdBits)
        {
            return CommandError.MapdIttSizeOutOfRange;
        }

        var slot = service.DeviceTable.Locate(Device.Value, service.Parts.Memory);
        if (!slot.IsFound)
        {
            return CommandResult.From(slot, outOfRange: CommandError.MapdDeviceOutOfRange);
        }

        return Valid ? Map(service) : Unmap(service, slot);
    }

    /// <summary>
    /// The events of an earlier mapping are gone. The table itself is not read: software gives it zeroed.
    /// </summary>
    private CommandResult Map(InterruptTranslationService service)
    {
        var isNew = service.Devices[Device.Value] is null;
        if (isNew && service.Parts.MappedDeviceCount >= service.Parts.Configuration.MappedDevicesMax)
        {
            return CommandError.MappingLimit;
        }

        service.AddDevice(new MappedDevice(Device, IttAddress, EventIdBits));
        return CommandResult.Done;
    }

    /// <summary>The entry in guest memory is zeroed, so that no restore brings the device back.</summary>
    private CommandResult Unmap(InterruptTranslationService service, TableSlot slot)
    {
        var outcome = service.Parts.Memory.WriteUInt64(slot.Address, 0);
        if (outcome.IsOk)
        {
            service.RemoveDevice(Device);
        }

        return CommandResult.From(outcome);
    }
}
