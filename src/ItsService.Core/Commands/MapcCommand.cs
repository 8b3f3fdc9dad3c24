using ItsService.Core.Identifiers;
using ItsService.Core.Registers;

namespace ItsService.Core.Commands;

/// <summary>MAPC binds a collection to a redistributor, or unmaps it (commands 6.2).</summary>
/// <remarks>
/// <code>
/// DW0                                    7:0 opcode 0x09
/// DW2  63 V | 51:16 RDbase | 15:0 ICID
/// </code>
/// LPIs that are pending stay with the redistributor that they are pending at: software moves them by MOVALL. Events
/// keep their ICID through V=0, so that mapping it again brings them back.
/// </remarks>
internal readonly record struct MapcCommand(CollectionId Collection, bool Valid, ulong TargetField)
    : ICommand<MapcCommand>
{
    public static MapcCommand Decode(in CommandPacket packet) =>
        new(packet.Collection, packet.Valid, packet.Dw2.Field(51, 16));

    public CommandResult Execute(InterruptTranslationService service)
    {
        if (!service.IsCollectionIdImplemented(Collection))
        {
            return CommandError.MapcCollectionOutOfRange;
        }

        if (!Valid)
        {
            service.Collections.Unmap(Collection);
            return CommandResult.Done;
        }

        if (service.ResolveTarget(TargetField) is not { } target)
        {
            return CommandError.MapcProcessorOutOfRange;
        }

        var slot = service.LocateCollection(Collection);
        if (!slot.IsFound)
        {
            return CommandResult.From(slot, outOfRange: CommandError.MapcCollectionOutOfRange);
        }

        var loaded = service.LoadUnknownConfigurations(Collection, target);
        if (loaded.IsNotResident)
        {
            return loaded;
        }

        service.Collections.Map(Collection, target);
        return loaded;
    }
}
