using ItsService.Core.Identifiers;

namespace ItsService.Core.Commands;

/// <summary>
/// INVALL has the configurations of all LPIs of a collection's redistributor read anew (commands 6.7).
/// </summary>
/// <remarks>
/// <code>
/// DW0                                    7:0 opcode 0x0D
/// DW2                                    15:0 ICID
/// </code>
/// </remarks>
internal readonly record struct InvallCommand(CollectionId Collection) : ICommand<InvallCommand>
{
    public static InvallCommand Decode(in CommandPacket packet) => new(packet.Collection);

    public CommandResult Execute(InterruptTranslationService service)
    {
        if (!service.IsCollectionInTable(Collection))
        {
            return CommandError.InvallCollectionOutOfRange;
        }

        if (service.Collections.Target(Collection) is not { } target)
        {
            return CommandError.InvallUnmappedCollection;
        }

        return CommandResult.From(service.Parts.Redistributors[target.Value].InvalidateAll());
    }
}
