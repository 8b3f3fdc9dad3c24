using ItsService.Core.Identifiers;

namespace ItsService.Core.Commands;

/// <summary>MAPC binds a collection to a redistributor, or unmaps it (commands 6.2).</summary>
/// <remarks>
/// <code>
/// DW0                                    7:0 opcode 0x09
/// DW2  63 V | 51:16 RDbase | 15:0 ICID
/// </code>
/// Events keep their ICID through V=0, so that mapping it again brings them back. What is pending at the old target of
/// a collection that gets another goes along, where the profile says so; otherwise software moves it by MOVALL.
/// </remarks>
internal readonly record struct MapcCommand(CollectionId Collection, bool Valid, ulong TargetField)
    : ICommand<MapcCommand>
{
    public static MapcCommand Decode(in CommandPacket packet) => new(packet.Collection, packet.Valid, packet.RdBase);

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

        var loaded = service.Collections.Target(Collection) == target
            ? CommandResult.Done
            : service.LoadConfigurations(Collection, service.Parts.Redistributors[target.Value]);
        if (loaded.IsNotResident)
        {
            return loaded;
        }

        if (service.Parts.Profile.MapcMovesPending)
        {
            MovePending(service, target);
        }

        service.Collections.Map(Collection, target);
        return CommandResult.Done;
    }

    /// <summary>The LPIs that were given this collection last; those of others pending there stay.</summary>
    private void MovePending(InterruptTranslationService service, VcpuIndex target)
    {
        if (service.Collections.Target(Collection) is { } source)
        {
            var redistributors = service.Parts.Redistributors;
            PendingTransfer.MoveOfCollection(
                service, Collection, redistributors[source.Value], redistributors[target.Value]);
        }
    }
}
