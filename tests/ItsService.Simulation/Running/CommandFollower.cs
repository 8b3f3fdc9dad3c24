using ItsService.Core;
using ItsService.Simulation.Comparison;
using ItsService.Simulation.Coverage;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Running;

/// <summary>
/// Has the reference run as many commands as Core has. How many those were shows in GITS_CREADR, which one entry moves
/// by less than the whole queue, and in the events of a queue that stalled.
/// </summary>
internal sealed class CommandFollower(
    ModelPair pair,
    Journal journal,
    ExpectedCounters counters,
    HostSubmissions submissions,
    CoverageCounts coverage)
{
    private readonly ItsSummary[] _before = new ItsSummary[pair.Shape.ItsCount];
    private readonly CommandEffects _effects = new(pair, coverage);

    /// <summary>Notes where the queues stand before Core is entered.</summary>
    public void Mark()
    {
        for (var its = 0; its < _before.Length; its++)
        {
            _before[its] = pair.Core.Inspection.Its(its);
        }
    }

    /// <summary>Follows Core after a write to one ITS. Returns how many commands ran.</summary>
    public int FollowWrite(int its)
    {
        var stalls = journal.TakeCoreEvents();
        return Run(its, ConsumedSlots(its) + stalls);
    }

    /// <summary>Follows Core after a step over all ITSs, of which one comes first. Returns how many ran.</summary>
    public int FollowStep(int first)
    {
        _ = journal.TakeCoreEvents();
        var executed = 0;
        for (var turn = 0; turn < _before.Length; turn++)
        {
            // A queue that runs has not been stalled before: if it is now, its last command ran and was not consumed.
            var its = (first + turn) % _before.Length;
            var hasStalled = pair.Core.Inspection.Its(its).IsStalled && !_before[its].IsStalled;
            executed += Run(its, ConsumedSlots(its) + (hasStalled ? 1 : 0));
        }

        return executed;
    }

    /// <summary>Whether any of the reference's commands wait that may run.</summary>
    public bool ReferenceHasCommands()
    {
        for (var its = 0; its < _before.Length; its++)
        {
            if (pair.Reference.HasCommands(its))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>None while disabled: then GITS_CREADR moves only by a write of GITS_CBASER.</summary>
    private int ConsumedSlots(int its)
    {
        var after = pair.Core.Inspection.Its(its);
        if (!after.IsEnabled)
        {
            return 0;
        }

        var distance = after.ReadOffset >= _before[its].ReadOffset
            ? after.ReadOffset - _before[its].ReadOffset
            : after.ReadOffset + after.QueueSizeBytes - _before[its].ReadOffset;
        return (int)(distance / Slot.SizeBytes);
    }

    private int Run(int its, int count)
    {
        for (var number = 0; number < count; number++)
        {
            var slot = submissions.NextSlot(its);
            _effects.Begin(its, slot);
            if (pair.Reference.RunCommands(its, 1) is not [var command])
            {
                throw DifferenceFoundException.Of(
                    DifferenceKind.Progress, $"commands that ITS {its} ran", count, number);
            }

            journal.Expect(its, command);
            counters.Count(command);
            coverage.Count(command);
            _effects.End(command);
            submissions.Note(its, command, slot);
        }

        return count;
    }
}
