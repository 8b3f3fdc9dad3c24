using ItsService.Core.Commands;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;

namespace ItsService.Core.Submissions;

/// <summary>
/// Puts commands into a guest's queue as software does: into the slots from GITS_CWRITER on, which then moves past
/// them. The only place where the controller writes commands to guest memory.
/// </summary>
internal static class SubmissionPlacement
{
    /// <summary>All of them or none; refused, neither memory nor the queue has changed.</summary>
    public static SubmitResult Place(InterruptTranslationService service, CommandSubmission submission)
    {
        var queue = service.Queue;
        var refusals = WhyNotUsable(service);
        if (refusals != SubmissionRefusals.None)
        {
            return new SubmitResult(AccessStatus.Ok, refusals);
        }

        var result = new SubmitResult(AccessStatus.Ok) { Capacity = queue.Capacity, FreeSlots = queue.FreeSlots };
        if (submission.Count > queue.FreeSlots)
        {
            var isTooSmall = submission.Count > queue.Capacity;
            return result with
            {
                Refusals = isTooSmall ? SubmissionRefusals.QueueTooSmall : SubmissionRefusals.QueueFull,
            };
        }

        var stored = Store(service.Parts.Memory, queue, submission.Slots);
        if (stored.IsPlaced)
        {
            var firstOffset = queue.WriteOffset;
            submission.Place(firstOffset, queue.SizeBytes);
            service.Submissions.Add(submission);
            queue.SetWriteOffset(queue.OffsetBehind(firstOffset, submission.Count), service.Parts.Profile);
        }

        return result with { Status = stored.Status, Refusals = stored.Refusals, Range = stored.Range };
    }

    private static SubmissionRefusals WhyNotUsable(InterruptTranslationService service)
    {
        var queue = service.Queue;
        return (queue.Base.Valid ? SubmissionRefusals.None : SubmissionRefusals.QueueNotValid)
            | (service.IsEnabled ? SubmissionRefusals.None : SubmissionRefusals.ItsDisabled)
            | (queue.IsWriteOffsetInside || !queue.Base.Valid
                ? SubmissionRefusals.None
                : SubmissionRefusals.WriteOffsetOutOfRange)
            | (queue.IsStalled ? SubmissionRefusals.QueueStalled : SubmissionRefusals.None);
    }

    /// <summary>Slots that run past the end of the queue go on at its beginning.</summary>
    private static SubmitResult Store(IGuestMemory memory, CommandQueue queue, ReadOnlySpan<byte> slots)
    {
        var untilEnd = Math.Min(slots.Length, (int)(queue.SizeBytes - queue.WriteOffset));
        var first = new GuestRange(queue.Base.Address + queue.WriteOffset, (ulong)untilEnd);
        var second = new GuestRange(queue.Base.Address, (ulong)(slots.Length - untilEnd));
        if (!memory.ProbeForWriting(first).IsOk)
        {
            return NotWritable(first);
        }

        if (second.LengthBytes == 0)
        {
            return ResultOf(memory.Write(first.Start, slots), first);
        }

        return memory.ProbeForWriting(second).IsOk
            ? StoreBoth(memory, first, second, slots)
            : NotWritable(second);
    }

    /// <summary>
    /// Both parts are read before one is written, so that neither has to be fetched in between. A part that cannot be
    /// written takes back the other.
    /// </summary>
    private static SubmitResult StoreBoth(
        IGuestMemory memory, GuestRange first, GuestRange second, ReadOnlySpan<byte> slots)
    {
        var previous = new byte[slots.Length];
        var untilEnd = (int)first.LengthBytes;
        var outcome = memory.Read(first.Start, previous.AsSpan(0, untilEnd));
        if (!outcome.IsOk)
        {
            return ResultOf(outcome, first);
        }

        outcome = memory.Read(second.Start, previous.AsSpan(untilEnd));
        if (!outcome.IsOk)
        {
            return ResultOf(outcome, second);
        }

        outcome = memory.Write(first.Start, slots[..untilEnd]);
        if (!outcome.IsOk)
        {
            return ResultOf(outcome, first);
        }

        outcome = memory.Write(second.Start, slots[untilEnd..]);
        if (!outcome.IsOk)
        {
            memory.Write(first.Start, previous.AsSpan(0, untilEnd));
        }

        return ResultOf(outcome, second);
    }

    private static SubmitResult NotWritable(GuestRange range) =>
        new(AccessStatus.Ok, SubmissionRefusals.QueueNotWritable, range);

    private static SubmitResult ResultOf(MemoryOutcome outcome, GuestRange range) => outcome.Status switch
    {
        MemoryStatus.Ok => new SubmitResult(AccessStatus.Ok),
        MemoryStatus.NotResident => new SubmitResult(AccessStatus.NotResident, Range: outcome.Missing),
        _ => new SubmitResult(AccessStatus.Ok, SubmissionRefusals.QueueMemoryFailed, range),
    };
}
