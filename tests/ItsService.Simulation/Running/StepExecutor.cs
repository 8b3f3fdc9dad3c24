using ItsService.Core;
using ItsService.Core.Identifiers;
using ItsService.Core.Submissions;
using ItsService.Core.Translation;
using ItsService.ReferenceModel;
using ItsService.Simulation.Comparison;
using ItsService.Simulation.Coverage;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Running;

/// <summary>Does one step to both models and compares what it returns.</summary>
internal sealed class StepExecutor
{
    private const int FetchesMax = 100_000;
    private static readonly uint[] RegistersWithLpi = [0x0040, 0x0048, 0x00A0];

    private readonly ModelPair _pair;
    private readonly ModelComparison _comparison;
    private readonly Journal _journal;
    private readonly ExpectedCounters _counters;
    private readonly HostSubmissions _submissions;
    private readonly CommandFollower _follower;
    private readonly GuestQueue _queue;
    private readonly RegisterEffects _effects;
    private readonly VcpuSteps _vcpus;
    private readonly CoverageCounts _coverage;

    // Which ITS comes first in the next step over all of them: they take turns, one that waits for memory goes on, and
    // a reset begins with the first.
    private int _firstToRun;

    public StepExecutor(ModelPair pair, ModelComparison comparison, CoverageCounts coverage)
    {
        _pair = pair;
        _comparison = comparison;
        _coverage = coverage;
        _journal = new Journal(pair, coverage);
        _counters = new ExpectedCounters(pair);
        _submissions = new HostSubmissions(pair, coverage);
        _queue = new GuestQueue(pair);
        _effects = new RegisterEffects(pair, coverage);
        _vcpus = new VcpuSteps(pair, comparison, coverage);
        _follower = new CommandFollower(pair, _journal, _counters, _submissions, coverage);
    }

    /// <summary>
    /// Does it; while paused, what the guest would do is refused and left for later, which returns false.
    /// </summary>
    public bool Execute(SimulationStep step)
    {
        var done = step switch
        {
            ReadStep read => Read(read),
            WriteStep write => Write(write),
            SystemReadStep read => !WasRefused(_vcpus.Read(read.Vcpu, read.Encoding, out _)),
            SystemWriteStep write => !WasRefused(_vcpus.Write(write.Vcpu, write.Encoding, write.Value)),
            TakeStep take => !WasRefused(_vcpus.Take(take)),
            LineStep line => !WasRefused(_vcpus.Move(line)),
            MessageStep message => Signal(message),
            SubmitStep submit => Submit(submit),
            PlaceStep place => Place(place),
            RepairStep repair => Repair(repair),
            RunStep run => Run(run),
            ResetStep => Reset(),
            _ => Arrangement.TryMake(_pair, step),
        };
        _journal.Settle();
        _submissions.Settle();
        return done;
    }

    /// <summary>Compares what Core counted with what the reference did.</summary>
    public void CompareCounters() => _counters.Compare();

    private bool Read(ReadStep step)
    {
        var answer = _pair.Core.ReadRegister(new FrameLocation(step.Frame, step.Index, step.Offset), step.SizeBytes);
        if (WasRefused(answer.Status))
        {
            return false;
        }

        NoteVcpu(step.Frame, step.Index);
        var expected = _pair.Reference.ReadRegister(
            ModelPair.FrameOf(step.Frame), step.Index, (uint)step.Offset, step.SizeBytes);
        Expect("value read", answer.Value, expected);
        return true;
    }

    private bool Write(WriteStep step)
    {
        _follower.Mark();
        var location = new FrameLocation(step.Frame, step.Index, step.Offset);
        DeviceId? requester = step.Requester is { } device ? new DeviceId(device) : null;
        _pair.Residency.IsSuspended = requester is not null;
        var answer = EnterUntilDone(() => _pair.Core.WriteRegister(location, step.SizeBytes, step.Value, requester));
        _pair.Residency.IsSuspended = false;
        if (WasRefused(answer.Status))
        {
            return false;
        }

        NoteVcpu(step.Frame, step.Index);
        if (step.Frame == FrameKind.Gicd)
        {
            _comparison.NoteDistributorAccess(step.Offset);
        }

        if (step.Frame == FrameKind.Gicr && RegistersWithLpi.Contains((uint)step.Offset))
        {
            _comparison.NoteLpi((uint)step.Value);
        }

        _effects.Begin(step);
        var message = _pair.Reference.WriteRegister(
            ModelPair.FrameOf(step.Frame), step.Index, (uint)step.Offset, step.SizeBytes, step.Value, step.Requester);
        _effects.End(step);
        ExpectMessage(answer.Msi, message);
        ExpectWhatIsToldOfWrites();
        if (message is { } sent)
        {
            var eventId = step.SizeBytes == 2 ? (ushort)step.Value : (uint)step.Value;
            CountMessage(step.Index, step.Requester!.Value, eventId, sent);
        }

        FollowWrite(step.Frame, step.Index, isMessage: message is not null);
        return true;
    }

    private bool Signal(MessageStep step)
    {
        // A message does not wait for memory; what it says when it would have to is decision 0003, and no difference.
        _pair.Residency.IsSuspended = true;
        var reads = _pair.CoreMemory.ReadCount;
        var result = _pair.Core.SignalMsi(step.Its, new DeviceId(step.DeviceId), new EventId(step.EventId));
        reads = _pair.CoreMemory.ReadCount - reads;
        _pair.Residency.IsSuspended = false;
        if (WasRefused(result.Status))
        {
            return false;
        }

        var outcome = _pair.Reference.SignalMsi(
            step.Its, step.DeviceId, step.EventId, out var lpi, out var target);
        var message = new ReferenceMessage(outcome, lpi, target);
        ExpectMessage(result, message);
        CountMessage(step.Its, step.DeviceId, step.EventId, message);
        var mayRead = outcome is ReferenceMsiOutcome.DroppedDeviceOutOfRange
            or ReferenceMsiOutcome.DroppedLevel1Invalid or ReferenceMsiOutcome.DroppedDeviceUnmapped;
        if (reads > (mayRead ? 1 : 0))
        {
            Expect("reads of guest memory for a message", reads, mayRead ? 1 : 0);
        }

        _ = _journal.TakeCoreEvents();
        return true;
    }

    private bool Submit(SubmitStep step)
    {
        NoteLpis(step.Slots);
        return Write(_queue.Put(step));
    }

    private bool Place(PlaceStep step)
    {
        _follower.Mark();
        byte[] slots = [.. step.Slots.SelectMany(slot => slot.ToBytes())];
        var submission = new CommandSubmission(slots);
        var result = default(SubmitResult);
        _ = EnterUntilDone(() =>
        {
            result = _pair.Core.Submit(step.Its, submission);
            return new AccessResult(result.Status, Missing: result.Range);
        });
        if (WasRefused(result.Status))
        {
            return false;
        }

        NoteLpis(step.Slots);
        var refusals = _submissions.Place(step.Its, slots);
        Expect("why commands are refused", result.Refusals, refusals);
        _coverage.CountPlacement(refusals);
        if (refusals == SubmissionRefusals.None)
        {
            _submissions.Watch(step.Its, submission);
            FollowWrite(FrameKind.Gits, step.Its, isMessage: false);
        }

        return true;
    }

    private bool Repair(RepairStep step)
    {
        NoteLpis([step.Slot]);
        return Write(_queue.Put(step));
    }

    /// <summary>What a host does to have commands run, with what they wait for fetched in between.</summary>
    private bool Run(RunStep step)
    {
        for (var fetches = 0; ; fetches++)
        {
            _follower.Mark();
            var result = _pair.Core.Step(step.Budget);
            if (WasRefused(result.Status))
            {
                return false;
            }

            var executed = _follower.FollowStep(_firstToRun);
            _firstToRun = NextToRun(waits: result.Status == AccessStatus.NotResident);
            Expect("commands executed", result.ExecutedCount, executed);
            Expect("whether commands are left", result.HasMore, _follower.ReferenceHasCommands());
            if (result.Status != AccessStatus.NotResident)
            {
                ExpectProgress(executed, step.Budget);
                return true;
            }

            _comparison.CompareState();
            Fetch(result.Missing, fetches);
        }
    }

    // The next one; or, where one waits for memory, that one: of those with commands left it came first, since none
    // behind it runs without a budget.
    private int NextToRun(bool waits) =>
        Enumerable.Range(0, _pair.Shape.ItsCount)
            .Select(turn => (_firstToRun + turn) % _pair.Shape.ItsCount)
            .Where(its => waits && _pair.Reference.HasCommands(its))
            .DefaultIfEmpty((_firstToRun + 1) % _pair.Shape.ItsCount)
            .First();

    private bool Reset()
    {
        _pair.Core.Reset();
        _pair.Reference.Reset();
        _firstToRun = 0;
        return true;
    }

    /// <summary>
    /// Comes again with the same access as long as Core waits for memory. Until then nothing may have happened, so that
    /// the models are alike while the reference has not seen the access at all.
    /// </summary>
    private AccessResult EnterUntilDone(Func<AccessResult> enter)
    {
        for (var fetches = 0; ; fetches++)
        {
            var answer = enter();
            if (answer.Status != AccessStatus.NotResident)
            {
                return answer;
            }

            _comparison.CompareState();
            Fetch(answer.Missing, fetches);
        }
    }

    private void Fetch(GuestRange missing, int fetches)
    {
        if (fetches == FetchesMax || !_pair.Residency.IsLimited || missing.LengthBytes == 0)
        {
            Expect("fetches until an access was done", fetches, 0);
        }

        _coverage.Count(CoverageCases.Fetch);
        _pair.Residency.Fetch(missing.Start.Value, missing.LengthBytes);
    }

    private void FollowWrite(FrameKind frame, int index, bool isMessage)
    {
        if (frame != FrameKind.Gits || isMessage)
        {
            _ = _journal.TakeCoreEvents();
            return;
        }

        var executed = _follower.FollowWrite(index);
        var waits = _pair.Residency.IsLimited || executed >= _pair.Shape.InlineCommands;
        if (executed > _pair.Shape.InlineCommands)
        {
            Expect("commands of a register write", executed, _pair.Shape.InlineCommands);
        }

        if (_pair.Reference.HasCommands(index) && executed == 0 && !waits)
        {
            Expect("whether a register write runs commands", false, true);
        }
    }

    private void ExpectProgress(int executed, int budget)
    {
        if (executed > budget || (executed == 0 && budget > 0 && _follower.ReferenceHasCommands()))
        {
            Expect("commands of a budget", executed, budget);
        }
    }

    private bool WasRefused(AccessStatus status)
    {
        var isPaused = _pair.Core.State == RunState.Paused;
        Expect("whether an access is refused", status == AccessStatus.Paused, isPaused);
        if (isPaused)
        {
            _coverage.Count(CoverageCases.Refusal);
        }

        return isPaused;
    }

    private static void ExpectMessage(MsiResult? result, ReferenceMessage? expected)
    {
        var message = result is { } core
            ? new ReferenceMessage(
                Outcomes.OfReference(core.Outcome), core.Lpi.Value, core.HasTarget ? core.Target.Value : -1)
            : (ReferenceMessage?)null;
        Expect("message", message, expected);
    }

    private void ExpectWhatIsToldOfWrites()
    {
        foreach (var direct in _pair.Reference.TakeDirectLpis())
        {
            _journal.Expect(direct);
            _counters.Count(direct);
            _coverage.Count(CoverageCases.DirectLpi(direct.Outcome));
        }

        foreach (var write in _pair.Reference.TakeIgnoredDoorbellWrites())
        {
            _journal.Expect(write);
        }
    }

    private void CountMessage(int its, uint deviceId, uint eventId, ReferenceMessage message)
    {
        _journal.Expect(its, deviceId, eventId, message);
        _counters.Count(message);
        _coverage.Count(message);
    }

    private void NoteVcpu(FrameKind frame, int index)
    {
        if (frame == FrameKind.Gicr)
        {
            _comparison.VcpusInPlay.Add(index);
        }
    }

    /// <summary>The INTID of each MAPTI, or MAPI.</summary>
    private void NoteLpis(IEnumerable<Slot> slots)
    {
        foreach (var slot in slots)
        {
            _comparison.NoteLpi((uint)(slot.Dw1 >> 32));
            _comparison.NoteLpi((uint)slot.Dw1);
        }
    }

    private static void Expect<TValue>(string what, TValue core, TValue reference)
    {
        if (!EqualityComparer<TValue>.Default.Equals(core, reference))
        {
            throw DifferenceFoundException.Of(DifferenceKind.Result, what, core, reference);
        }
    }
}
