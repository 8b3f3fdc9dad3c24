namespace ItsService.Core.Commands;

/// <summary>
/// MOVALL moves the LPIs that are pending at one redistributor to another. Mappings stay as they are (commands 6.5).
/// </summary>
/// <remarks>
/// <code>
/// DW0                                    7:0 opcode 0x0E
/// DW2  51:16 RDbase1 (from)
/// DW3  51:16 RDbase2 (to)
/// </code>
/// </remarks>
internal readonly record struct MovallCommand(ulong SourceField, ulong DestinationField) : ICommand<MovallCommand>
{
    public static MovallCommand Decode(in CommandPacket packet) => new(packet.RdBase, packet.SecondRdBase);

    public CommandResult Execute(InterruptTranslationService service)
    {
        if (service.ResolveTarget(SourceField) is not { } source
            || service.ResolveTarget(DestinationField) is not { } destination)
        {
            return CommandError.MovallProcessorOutOfRange;
        }

        var redistributors = service.Parts.Redistributors;
        return PendingTransfer.MoveAll(
            service.Parts, redistributors[source.Value], redistributors[destination.Value]);
    }
}
