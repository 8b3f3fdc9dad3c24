using ItsService.Core.Redistributors;
using ItsService.Core.Registers;

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
    public static MovallCommand Decode(in CommandPacket packet) =>
        new(packet.Dw2.Field(51, 16), packet.Dw3.Field(51, 16));

    public CommandResult Execute(InterruptTranslationService service)
    {
        if (service.ResolveTarget(SourceField) is not { } source
            || service.ResolveTarget(DestinationField) is not { } destination)
        {
            return CommandError.MovallProcessorOutOfRange;
        }

        var redistributors = service.Parts.Redistributors;
        return source == destination
            ? CommandResult.Done
            : CommandResult.DoneTouching(Move(redistributors[source.Value], redistributors[destination.Value]));
    }

    /// <summary>A redistributor with LPIs disabled takes no part: the LPIs then stay pending where they are.</summary>
    private static int Move(Redistributor source, Redistributor destination)
    {
        if (!destination.LpisEnabled)
        {
            return 0;
        }

        var moved = source.Lpis.InOrder().Where(destination.IsLpiInRange).ToArray();
        foreach (var lpi in moved)
        {
            source.Lpis.Remove(lpi);
            destination.Lpis.Add(lpi);
        }

        return moved.Length;
    }
}
