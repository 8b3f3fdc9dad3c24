namespace ItsService.Core.Commands;

/// <summary>The only place that knows which opcode is which command.</summary>
internal static class CommandDispatcher
{
    public static CommandResult Execute(in CommandPacket packet, InterruptTranslationService service) =>
        packet.Opcode switch
        {
            CommandOpcode.Movi => Run<MoviCommand>(packet, service),
            CommandOpcode.Int => Run<IntCommand>(packet, service),
            CommandOpcode.Clear => Run<ClearCommand>(packet, service),
            CommandOpcode.Sync => Run<SyncCommand>(packet, service),
            CommandOpcode.Mapd => Run<MapdCommand>(packet, service),
            CommandOpcode.Mapc => Run<MapcCommand>(packet, service),
            CommandOpcode.Mapti => Run<MaptiCommand>(packet, service),
            CommandOpcode.Mapi => Run<MapiCommand>(packet, service),
            CommandOpcode.Inv => Run<InvCommand>(packet, service),
            CommandOpcode.Invall => Run<InvallCommand>(packet, service),
            CommandOpcode.Movall => Run<MovallCommand>(packet, service),
            CommandOpcode.Discard => Run<DiscardCommand>(packet, service),
            _ => CommandError.UnknownOpcode,
        };

    private static CommandResult Run<TCommand>(in CommandPacket packet, InterruptTranslationService service)
        where TCommand : struct, ICommand<TCommand> =>
        TCommand.Decode(packet).Execute(service);
}
