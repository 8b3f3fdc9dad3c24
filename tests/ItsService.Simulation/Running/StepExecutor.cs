using ItsService.Core;
using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Core.Translation;
using ItsService.ReferenceModel;
using ItsService.Simulation.Comparison;
using ItsService.Simulation.Coverage;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Running;

/// <summary>Does one step to both models and compares what it returns.</summary>
internal sealed class StepExecutor
{
    private const int Cbaser = 0x0080;
    private const int Cwriter = 0x0088;
    private const int Creadr = 0x0090;
    private const int FetchesMax = 100_000;
    private static readonly uint[] RegistersWithLpi = [0x0040, 0x0048, 0x00A0];

    private readonly ModelPair _pair;
    private readonly ModelComparison _comparison;
    private readonly Journal _journal;
    private readonly ExpectedCounters _counters;
    private readonly CommandFollower _follower;
    private readonly CoverageCounts _coverage;

    // Which ITS comes first in the next step over all of them: they take turns, and a reset begins with the first.
    private int _firstToRun;

    public StepExecutor(ModelPair pair, ModelComparison comparison, CoverageCounts coverage)
    {
        _pair = pair;
        _comparison = comparison;
        _coverage = coverage;
        _journal = new Journal(pair);
        _counters = new ExpectedCounters(pair);
        _follower = new CommandFollower(pair, _journal, _counters, coverage);
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
            SystemReadStep read => ReadSystemRegister(read),
            SystemWriteStep write => WriteSystemRegister(write),
            MessageStep message => Signal(message),
            SubmitStep submit => Submit(submit),
            RepairStep repair => Repair(repair),
            RunStep run => Run(run),
            _ => Arrange(step),
        };
        _journal.Settle();
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
        if (ModelledRegisters.Contains(step.Frame, step.Offset))
        {
            Expect("value read", answer.Value, expected);
        }

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
        if (step.Frame == FrameKind.Gicr && RegistersWithLpi.Contains((uint)step.Offset))
        {
            _comparison.NoteLpi((uint)step.Value);
        }

        var message = _pair.Reference.WriteRegister(
            ModelPair.FrameOf(step.Frame), step.Index, (uint)step.Offset, step.SizeBytes, step.Value, step.Requester);
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

    private bool ReadSystemRegister(SystemReadStep step)
    {
        var answer = _pair.Core.ReadSystemRegister(new VcpuIndex(step.Vcpu), (SystemRegister)step.Encoding);
        if (WasRefused(answer.Status))
        {
            return false;
        }

        _comparison.VcpusInPlay.Add(step.Vcpu);
        var expected = _pair.Reference.ReadSystemRegister(step.Vcpu, (uint)step.Encoding);
        Expect("value read", answer.Value, expected);
        _coverage.CountSystemRead(step.Encoding, expected);
        return true;
    }

    private bool WriteSystemRegister(SystemWriteStep step)
    {
        var answer = _pair.Core.WriteSystemRegister(
            new VcpuIndex(step.Vcpu), (SystemRegister)step.Encoding, step.Value);
        if (WasRefused(answer.Status))
        {
            return false;
        }

        _comparison.VcpusInPlay.Add(step.Vcpu);
        _pair.Reference.WriteSystemRegister(step.Vcpu, (uint)step.Encoding, step.Value);
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
        var queueBase = Register(step.Its, Cbaser) & 0x000F_FFFF_FFFF_0000;
        var queueBytes = ((Register(step.Its, Cbaser) & 0xFF) + 1) * 4096;
        var offset = Register(step.Its, Cwriter);
        foreach (var slot in step.Slots)
        {
            var next = (offset + Slot.SizeBytes) % queueBytes;
            if (next == (Register(step.Its, Creadr) & ~1UL))
            {
                break;
            }

            WriteSlot(queueBase + offset, slot);
            offset = next;
        }

        return Write(new WriteStep(FrameKind.Gits, step.Its, Cwriter, 8, offset | (step.Retry ? 1UL : 0)));
    }

    private bool Repair(RepairStep step)
    {
        var queueBase = Register(step.Its, Cbaser) & 0x000F_FFFF_FFFF_0000;
        WriteSlot(queueBase + (Register(step.Its, Creadr) & ~1UL), step.Slot);
        return Write(new WriteStep(FrameKind.Gits, step.Its, Cwriter, 8, Register(step.Its, Cwriter) | 1));
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
            _firstToRun = (_firstToRun + 1) % _pair.Shape.ItsCount;
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

    /// <summary>What the guest does to its memory, and the host to the controller and to memory.</summary>
    private bool Arrange(SimulationStep step)
    {
        switch (step)
        {
            case MemoryStep memory:
                _pair.GuestWrites(memory.Address, [.. memory.Bytes]);
                break;
            case FillStep fill:
                _pair.GuestWrites(fill.Address, [.. Enumerable.Repeat(fill.Value, fill.Length)]);
                break;
            case FaultStep fault:
                _pair.Faults.Add(fault.Kind, fault.Address, fault.Length);
                break;
            case HealStep:
                _pair.Faults.Clear();
                break;
            case EvictStep evict:
                _pair.Residency.Evict((ulong)evict.GranuleBytes);
                break;
            case PauseStep:
                _pair.Core.Pause();
                break;
            case ResumeStep:
                _pair.Core.Resume();
                break;
            default:
                _pair.Core.Reset();
                _pair.Reference.Reset();
                _firstToRun = 0;
                break;
        }

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

        _coverage.CountFetch();
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
            _coverage.CountRefusal();
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

    private ulong Register(int its, int offset) =>
        _pair.Reference.ReadRegister(ReferenceFrame.Its, its, (uint)offset, 8);

    private void WriteSlot(ulong address, Slot slot)
    {
        _comparison.NoteLpi((uint)(slot.Dw1 >> 32));
        _comparison.NoteLpi((uint)slot.Dw1);
        _pair.GuestWrites(address, slot.ToBytes());
    }

    private static void Expect<TValue>(string what, TValue core, TValue reference)
    {
        if (!EqualityComparer<TValue>.Default.Equals(core, reference))
        {
            throw DifferenceFoundException.Of(DifferenceKind.Result, what, core, reference);
        }
    }
}
