using ItsService.Core.Commands;

namespace ItsService.Server.Submissions;

/// <summary>From a command's fields to its four doublewords (commands section 3).</summary>
internal static class CommandEncoding
{
    private const ulong ValidBit = 1UL << 63;
    private const int UpperWord = 32;

    public static CommandPacket Of(V1.MapdCommand command, in CommandFieldChecks checks)
    {
        var isValid = !command.HasValid || command.Valid;
        return new CommandPacket(
            Device(CommandOpcode.Mapd, command.DeviceId),
            checks.Size(command.EventIdBits, isValid),
            checks.IttAddress(command.IttAddress) | Valid(isValid),
            0);
    }

    public static CommandPacket Of(V1.MapcCommand command, in CommandFieldChecks checks)
    {
        var isValid = !command.HasValid || command.Valid;
        var target = checks.RdBase(command.RdBase, "rd_base");
        return new CommandPacket(
            (ulong)CommandOpcode.Mapc,
            0,
            target | checks.Collection(command.CollectionId) | Valid(isValid),
            0);
    }

    public static CommandPacket Of(V1.MaptiCommand command, in CommandFieldChecks checks) => new(
        Device(CommandOpcode.Mapti, command.DeviceId),
        command.EventId | ((ulong)command.IntId << UpperWord),
        checks.Collection(command.CollectionId),
        0);

    public static CommandPacket Of(V1.MapiCommand command, in CommandFieldChecks checks) => new(
        Device(CommandOpcode.Mapi, command.DeviceId), command.EventId, checks.Collection(command.CollectionId), 0);

    public static CommandPacket Of(V1.MoviCommand command, in CommandFieldChecks checks) => new(
        Device(CommandOpcode.Movi, command.DeviceId), command.EventId, checks.Collection(command.CollectionId), 0);

    public static CommandPacket Of(V1.MovallCommand command, in CommandFieldChecks checks) => new(
        (ulong)CommandOpcode.Movall,
        0,
        checks.RdBase(command.RdBase1, "rd_base1"),
        checks.RdBase(command.RdBase2, "rd_base2"));

    public static CommandPacket Of(V1.InvallCommand command, in CommandFieldChecks checks) =>
        new((ulong)CommandOpcode.Invall, 0, checks.Collection(command.CollectionId), 0);

    public static CommandPacket Of(V1.SyncCommand command, in CommandFieldChecks checks) =>
        new((ulong)CommandOpcode.Sync, 0, checks.RdBase(command.RdBase, "rd_base"), 0);

    /// <summary>DISCARD, INV, INT and CLEAR.</summary>
    public static CommandPacket OfEvent(CommandOpcode opcode, uint device, uint eventId) =>
        new(Device(opcode, device), eventId, 0, 0);

    private static ulong Device(CommandOpcode opcode, uint device) => (ulong)opcode | ((ulong)device << UpperWord);

    private static ulong Valid(bool isValid) => isValid ? ValidBit : 0;
}
