using System.Collections.Immutable;
using ItsService.Core.Commands;
using ItsService.Core.Events;
using ItsService.Core.Identifiers;

namespace ItsService.Core.Explanation;

/// <summary>
/// What of the commands and mistakes that are kept was about one mapping. A part that is null is not known, and nothing
/// is about it.
/// </summary>
internal readonly record struct MappingEvents(
    GicParts Parts, MappedEvent? Mapping, CollectionId? Collection, VcpuIndex? Vcpu, IntId? IntId)
{
    private const int KeptMax = 32;

    /// <summary>The last of them, oldest first.</summary>
    public ImmutableArray<TouchingEvent> Find()
    {
        var mistakes = FindMistakes();
        var found = new List<TouchingEvent>();
        var next = 0;
        for (var index = 0; index < Parts.History.Count; index++)
        {
            ref readonly var command = ref Parts.History[index];
            if (!IsTouchedBy(command.Its, command.Command))
            {
                continue;
            }

            for (; next < mistakes.Count && mistakes[next].LastSequence <= command.EventsBefore; next++)
            {
                found.Add(new TouchingEvent(null, mistakes[next]));
            }

            found.Add(new TouchingEvent(command, null));
        }

        found.AddRange(mistakes.Skip(next).Select(mistake => new TouchingEvent(null, mistake)));
        return [.. found.TakeLast(KeptMax)];
    }

    private List<KeptEvent> FindMistakes()
    {
        var found = new List<KeptEvent>();
        foreach (ref readonly var kept in Parts.Events.After(0))
        {
            if (IsTouchedBy(kept.Event))
            {
                found.Add(kept);
            }
        }

        return found;
    }

    private bool IsTouchedBy(in GicEvent mistake) => mistake.Kind switch
    {
        GicEventKind.CommandFailed or GicEventKind.QueueStalled => IsTouchedBy(mistake.Its, mistake.Command),
        GicEventKind.MsiDropped => Mapping == new MappedEvent(mistake.Its, mistake.Device, mistake.Event),
        GicEventKind.ConfigurationUnreadable or GicEventKind.DirectLpiDropped => mistake.Lpi == IntId,
        GicEventKind.PendingTableUnreadable or GicEventKind.PendingTableUnwritable
            or GicEventKind.PendingTableTooFull => mistake.Vcpu == Vcpu && IntId is { IsLpi: true },
        _ => false,
    };

    private bool IsTouchedBy(int its, in CommandPacket command) => command.Opcode switch
    {
        CommandOpcode.Mapd => Mapping is { } mapping && mapping.Its == its && mapping.Device == command.Device,
        CommandOpcode.Mapti or CommandOpcode.Mapi =>
            IsOfMapping(its, command) || (IntId is { IsLpi: true } lpi && Maps(command, lpi)),
        CommandOpcode.Movi or CommandOpcode.Discard or CommandOpcode.Inv or CommandOpcode.Int or CommandOpcode.Clear =>
            IsOfMapping(its, command),
        CommandOpcode.Mapc or CommandOpcode.Invall => Mapping?.Its == its && Collection == command.Collection,
        CommandOpcode.Movall => Vcpu is not null
            && (Parts.Services[its].ResolveTarget(command.RdBase) == Vcpu
                || Parts.Services[its].ResolveTarget(command.SecondRdBase) == Vcpu),
        _ => false,
    };

    private bool IsOfMapping(int its, in CommandPacket command) =>
        Mapping == new MappedEvent(its, command.Device, command.Event);

    /// <summary>Whether a command maps an event to an LPI: that of MAPI is its EventID.</summary>
    public static bool Maps(in CommandPacket command, IntId lpi) =>
        (command.Opcode == CommandOpcode.Mapti && command.Lpi == lpi)
        || (command.Opcode == CommandOpcode.Mapi && command.Event.Value == lpi.Value);
}
