using ItsService.Core.Diagnostics;
using ItsService.Core.Events;
using ItsService.Core.Translation;
using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.Diagnostics;

/// <summary>How often an outcome or a kind of mistake was met.</summary>
internal readonly record struct Total<TKey>(TKey Key, long Count);

/// <summary>
/// A part of the last mistakes and all totals, at one instant. The larger messages are made from it outside the gate.
/// </summary>
internal sealed record DiagnosticsSnapshot(
    KeptEvent[] Mistakes,
    long LastSequence,
    Total<GicEventKind>[] Kinds,
    Total<MsiOutcome>[] Messages,
    Total<MsiOutcome>[] IntCommands,
    Total<MsiOutcome>[] DirectLpis,
    long LostLpis,
    CommandCount[] Commands);

/// <summary>Takes a snapshot.</summary>
internal readonly struct TakeDiagnosticsOperation(string vmName, ulong afterSequence, int countMax)
    : IVmOperation<DiagnosticsSnapshot>
{
    public DiagnosticsSnapshot Run(VmContent vm)
    {
        var events = vm.Gic.Events;
        if (afterSequence > (ulong)events.TotalCount)
        {
            // Of another VM that had this name, most likely: an empty answer would hide that.
            throw Refusal.Of(vmName, new Problem(
                V1.ErrorReason.OutOfRange, "after_sequence", $"{afterSequence} is no mistake of this VM yet")
            {
                Accepted = $"0..{events.TotalCount}",
            });
        }

        var counters = vm.Gic.Counters;
        return new DiagnosticsSnapshot(
            events.After((long)afterSequence).Take(countMax),
            events.TotalCount,
            Totals<GicEventKind>(events.CountOf),
            Totals<MsiOutcome>(counters.Messages),
            Totals<MsiOutcome>(counters.IntCommands),
            Totals<MsiOutcome>(counters.DirectLpis),
            counters.LostLpis,
            [.. counters.Commands()]);
    }

    private static Total<TKey>[] Totals<TKey>(Func<TKey, long> countOf)
        where TKey : struct, Enum =>
        [
            .. Enum.GetValues<TKey>()
                .Select(key => new Total<TKey>(key, countOf(key)))
                .Where(total => total.Count != 0),
        ];
}
