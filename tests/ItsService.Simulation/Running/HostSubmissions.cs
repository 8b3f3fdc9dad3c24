using ItsService.Core.Commands;
using ItsService.Core.Submissions;
using ItsService.ReferenceModel;
using ItsService.Simulation.Comparison;
using ItsService.Simulation.Coverage;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Running;

/// <summary>
/// Commands that the host has put into a guest's queue: why Core refuses them, and what it says became of each. The
/// reference knows nothing of them; to it they are the guest's.
/// </summary>
internal sealed class HostSubmissions(ModelPair pair, CoverageCounts coverage)
{
    private const int Ctlr = 0x0000;
    private const int Cbaser = 0x0080;
    private const int Cwriter = 0x0088;
    private const int Creadr = 0x0090;

    private readonly List<Watched>[] _watched =
        [.. Enumerable.Range(0, pair.Shape.ItsCount).Select(_ => new List<Watched>())];

    /// <summary>What a guest with this view would find in its way, or would do: the slots and GITS_CWRITER.</summary>
    public SubmissionRefusals Place(int its, byte[] slots)
    {
        var refusals = WhyNotUsable(its);
        if (refusals != SubmissionRefusals.None)
        {
            return refusals;
        }

        var queueBytes = QueueBytes(its);
        var capacity = (int)(queueBytes / Slot.SizeBytes) - 1;
        var used = (Read(its, Cwriter) + queueBytes - (Read(its, Creadr) & ~1UL)) % queueBytes / Slot.SizeBytes;
        var count = slots.Length / Slot.SizeBytes;
        if (count > capacity - (int)used)
        {
            return count > capacity ? SubmissionRefusals.QueueTooSmall : SubmissionRefusals.QueueFull;
        }

        refusals = Store(its, slots);
        if (refusals == SubmissionRefusals.None)
        {
            var behind = (Read(its, Cwriter) + (ulong)slots.Length) % queueBytes;
            pair.Reference.WriteRegister(ReferenceFrame.Its, its, Cwriter, 8, behind);
        }

        return refusals;
    }

    /// <summary>Expects a result for each command from now on.</summary>
    public void Watch(int its, CommandSubmission submission) => _watched[its].Add(new Watched(submission));

    /// <summary>A command of the reference, which may be one of them, with its slot as it was read.</summary>
    public void Note(int its, in ReferenceCommand command, ReadOnlySpan<byte> slot)
    {
        foreach (var watched in _watched[its])
        {
            if (watched.TryNote(command, slot))
            {
                return;
            }
        }
    }

    /// <summary>Compares what became of the commands so far, and forgets those that have all ended.</summary>
    public void Settle()
    {
        foreach (var watched in _watched)
        {
            foreach (var submission in watched)
            {
                submission.Compare();
            }

            watched.RemoveAll(HasEnded);
        }
    }

    /// <summary>The bytes of the next slot that the reference will read, if it can be read.</summary>
    public byte[] NextSlot(int its)
    {
        var slot = new byte[Slot.SizeBytes];
        pair.ReferenceMemory.TryRead(QueueBase(its) + (Read(its, Creadr) & ~1UL), slot);
        return slot;
    }

    private bool HasEnded(Watched watched)
    {
        if (!watched.Submission.IsEnded)
        {
            return false;
        }

        foreach (var result in watched.Submission.Results)
        {
            coverage.Count(CoverageCases.HostCommand(result.Outcome));
        }

        return true;
    }

    private SubmissionRefusals WhyNotUsable(int its)
    {
        var isValid = Read(its, Cbaser) >> 63 != 0;
        return (isValid ? SubmissionRefusals.None : SubmissionRefusals.QueueNotValid)
            | (IsEnabled(its) ? SubmissionRefusals.None : SubmissionRefusals.ItsDisabled)
            | (isValid && Read(its, Cwriter) >= QueueBytes(its)
                ? SubmissionRefusals.WriteOffsetOutOfRange
                : SubmissionRefusals.None)
            | ((Read(its, Creadr) & 1) == 0 ? SubmissionRefusals.None : SubmissionRefusals.QueueStalled);
    }

    /// <summary>Both parts of what runs past the queue's end, or neither.</summary>
    private SubmissionRefusals Store(int its, byte[] slots)
    {
        var memory = pair.ReferenceMemory;
        var offset = Read(its, Cwriter);
        var untilEnd = (int)Math.Min((ulong)slots.Length, QueueBytes(its) - offset);
        var (first, second) = (slots[..untilEnd], slots[untilEnd..]);
        if (!memory.CanWrite(QueueBase(its) + offset, (ulong)first.Length)
            || (second.Length > 0 && !memory.CanWrite(QueueBase(its), (ulong)second.Length)))
        {
            return SubmissionRefusals.QueueNotWritable;
        }

        var before = new byte[first.Length];
        var isReadable = memory.TryRead(QueueBase(its) + offset, before)
            && memory.TryRead(QueueBase(its), new byte[second.Length]);
        if ((second.Length > 0 && !isReadable)
            || !memory.TryWrite(QueueBase(its) + offset, first))
        {
            return SubmissionRefusals.QueueMemoryFailed;
        }

        if (second.Length > 0 && !memory.TryWrite(QueueBase(its), second))
        {
            memory.TryWrite(QueueBase(its) + offset, before);
            return SubmissionRefusals.QueueMemoryFailed;
        }

        return SubmissionRefusals.None;
    }

    private bool IsEnabled(int its) =>
        (pair.Reference.ReadRegister(ReferenceFrame.Its, its, Ctlr, 4) & 1) != 0;

    private ulong QueueBase(int its) => Read(its, Cbaser) & 0x000F_FFFF_FFFF_0000;

    private ulong QueueBytes(int its) => ((Read(its, Cbaser) & 0xFF) + 1) * 4096;

    private ulong Read(int its, uint offset) => pair.Reference.ReadRegister(ReferenceFrame.Its, its, offset, 8);

    private sealed class Watched(CommandSubmission submission)
    {
        private readonly List<SubmittedCommandResult> _expected = [];

        // Those from here on have left the queue unread, or nobody waits for them.
        private int _end = submission.Count;

        public CommandSubmission Submission { get; } = submission;

        public bool TryNote(in ReferenceCommand command, ReadOnlySpan<byte> slot)
        {
            if (_expected.Count == _end
                || Submission.QueueOffsetOf(_expected.Count) != command.QueueOffset)
            {
                return false;
            }

            var submitted = Submission.Slots.Slice(_expected.Count * Slot.SizeBytes, Slot.SizeBytes);
            var error = (CommandError)command.Code;
            _expected.Add(error != CommandError.UnreadableSlot && !slot.SequenceEqual(submitted)
                ? new SubmittedCommandResult(SubmittedCommandOutcome.Overwritten)
                : new SubmittedCommandResult(OutcomeOf(command), error));
            return true;
        }

        /// <summary>
        /// Those that were read have their result; none of the others may claim to. One that has ended otherwise is
        /// none of the host's any more, and whatever is read there later is not it.
        /// </summary>
        public void Compare()
        {
            for (var index = 0; index < Submission.Count; index++)
            {
                var core = Submission.Results[index];
                var isRead = index < _expected.Count;
                var isWrong = isRead
                    ? core != _expected[index]
                    : core.Outcome is SubmittedCommandOutcome.Executed or SubmittedCommandOutcome.Failed
                        or SubmittedCommandOutcome.Stalled or SubmittedCommandOutcome.Overwritten;
                if (isWrong)
                {
                    throw DifferenceFoundException.Of(
                        DifferenceKind.Result,
                        $"result of command {index + 1} of {Submission.Count} that the host placed",
                        core,
                        isRead ? _expected[index] : (object)"not read");
                }

                if (!isRead && core.Outcome != SubmittedCommandOutcome.Waiting)
                {
                    _end = Math.Min(_end, index);
                }
            }
        }

        private static SubmittedCommandOutcome OutcomeOf(in ReferenceCommand command) =>
            command.Code == 0 ? SubmittedCommandOutcome.Executed
            : command.Stalled ? SubmittedCommandOutcome.Stalled
            : SubmittedCommandOutcome.Failed;
    }
}
