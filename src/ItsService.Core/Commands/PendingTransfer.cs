using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Redistributors;

namespace ItsService.Core.Commands;

/// <summary>
/// Pending LPIs on their way from one redistributor to another. One that has LPIs disabled, or to which an LPI is out
/// of range, takes no part: the LPI then stays pending where it is, so that none is lost.
/// </summary>
internal static class PendingTransfer
{
    /// <summary>Moves one LPI, if it is pending at the source.</summary>
    public static void MoveOne(Redistributor source, Redistributor destination, IntId lpi)
    {
        if (source != destination && destination.TakesLpi(lpi))
        {
            source.Lpis.MoveTo(destination.Lpis, lpi);
        }
    }

    /// <summary>Moves all, with their configurations as the destination reads them.</summary>
    public static CommandResult MoveAll(GicParts parts, Redistributor source, Redistributor destination)
    {
        if (source == destination || !destination.LpisEnabled)
        {
            return CommandResult.Done;
        }

        Span<byte> piece = stackalloc byte[LpiConfigurationRefresh.PieceBytes];
        var refresh = new LpiConfigurationRefresh(parts, destination, piece);
        for (var from = default(IntId); source.Lpis.TryNext(from, out var lpi); from = new IntId(lpi.Value + 1))
        {
            var outcome = destination.TakesLpi(lpi) ? refresh.Collect(lpi) : MemoryOutcome.Ok;
            if (outcome.IsNotResident)
            {
                return CommandResult.From(outcome);
            }
        }

        Move(parts, source, destination, static (_, _) => true, state: 0);
        refresh.Commit();
        return CommandResult.Done;
    }

    /// <summary>Moves those that were given a collection of an ITS last.</summary>
    public static void MoveOfCollection(
        InterruptTranslationService service, CollectionId collection, Redistributor source, Redistributor destination)
    {
        if (source != destination && destination.LpisEnabled)
        {
            Move(service.Parts, source, destination, IsMappedThrough, (service, collection));
        }

        static bool IsMappedThrough(IntId lpi, (InterruptTranslationService Service, CollectionId Collection) last)
        {
            var record = last.Service.Parts.Configurations.Record(lpi);
            return record.IsMapped && record.Its == last.Service.Number && record.Collection == last.Collection;
        }
    }

    private static void Move<TState>(
        GicParts parts,
        Redistributor source,
        Redistributor destination,
        Func<IntId, TState, bool> isConcerned,
        TState state)
    {
        parts.Work.AddLpis(source.Lpis.Count);
        for (var from = default(IntId); source.Lpis.TryNext(from, out var lpi); from = new IntId(lpi.Value + 1))
        {
            if (isConcerned(lpi, state))
            {
                MoveOne(source, destination, lpi);
            }
        }
    }
}
