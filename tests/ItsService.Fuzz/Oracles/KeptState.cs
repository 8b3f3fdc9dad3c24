using System.Collections.Immutable;
using ItsService.Core.State;

namespace ItsService.Fuzz.Oracles;

/// <summary>
/// What of a state a controller keeps that takes it: all, but the configurations of LPIs that are neither mapped nor
/// pending, and owners that say what the events say.
/// </summary>
internal static class KeptState
{
    /// <summary>The state as it is saved again.</summary>
    public static GicState Of(GicState state)
    {
        var events = state.Services
            .SelectMany((its, number) => its.Devices.SelectMany(device => device.Events.ToArray())
                .Select(entry => new LpiOwnerState(entry.Lpi, number, entry.Collection)))
            .ToList();
        var present = events.Select(entry => entry.Lpi)
            .Concat(state.Redistributors.SelectMany(redistributor => redistributor.PendingLpis)).ToHashSet();
        return state with
        {
            Lpis = new LpiConfigurationsState(
                [.. state.Lpis.Blocks.Select(block => Of(block, present)).Where(block => block.Known.Any(Any))],
                OwnersOf(state, events)),
        };
    }

    private static bool Any(ulong word) => word != 0;

    private static LpiBlockState Of(LpiBlockState block, HashSet<uint> present)
    {
        var known = new ulong[4];
        var configurations = new byte[256];
        for (var index = 0; index < 256; index++)
        {
            if (SlowStateCheck.IsKnown(block, index) && present.Contains(block.FirstLpi + (uint)index))
            {
                known[index / 64] |= 1UL << (index % 64);
                configurations[index] = block.Configurations[index];
            }
        }

        return new LpiBlockState(block.FirstLpi, [.. known], [.. configurations]);
    }

    /// <summary>Of events the last says it, unless the state says otherwise.</summary>
    private static ImmutableArray<LpiOwnerState> OwnersOf(GicState state, List<LpiOwnerState> events)
    {
        var owners = new SortedDictionary<uint, LpiOwnerState>();
        foreach (var owner in events.Concat(state.Lpis.Owners))
        {
            owners[owner.Lpi] = owner;
        }

        var told = events.GroupBy(entry => entry.Lpi)
            .Where(group => group.All(entry => entry == owners[group.Key])).Select(group => group.Key).ToHashSet();
        return [.. owners.Values.Where(owner => !told.Contains(owner.Lpi))];
    }
}
