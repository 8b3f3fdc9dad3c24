using ItsService.Core.Commands;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Submissions;

namespace ItsService.Core;

/// <summary>The command queues, as their host runs them.</summary>
public sealed partial class VirtualGic
{
    /// <summary>
    /// Puts commands into an ITS's queue as a guest does, and runs commands up to the configured number as a write of
    /// GITS_CWRITER does. Those of the guest that wait there come first. The submission tells what becomes of each.
    /// </summary>
    /// <param name="itsNumber">Which ITS.</param>
    /// <param name="submission">The commands.</param>
    /// <param name="runsCommands">False leaves all of them to <see cref="Step"/>.</param>
    /// <exception cref="ArgumentNullException">There is no submission.</exception>
    /// <exception cref="ArgumentException">It has been put into a queue already.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such ITS.</exception>
    public SubmitResult Submit(int itsNumber, CommandSubmission submission, bool runsCommands = true)
    {
        ArgumentNullException.ThrowIfNull(submission);
        if (submission.IsPlaced)
        {
            throw new ArgumentException("These commands are in a queue already.", nameof(submission));
        }

        if (State == RunState.Paused)
        {
            return new SubmitResult(AccessStatus.Paused);
        }

        var service = Service(itsNumber);
        var result = SubmissionPlacement.Place(service, submission);
        if (result.IsPlaced && runsCommands)
        {
            var budget = _parts.Configuration.InlineCommandsMax;
            CommandProcessor.Run(service, ref budget, out _);
        }

        _parts.Lines.Settle();
        return result;
    }

    /// <summary>
    /// Ends a submission for its host, in either run state. Commands without a result stay in the queue and will be
    /// executed like the guest's own.
    /// </summary>
    /// <exception cref="ArgumentNullException">There is no submission.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such ITS.</exception>
    public void Abandon(int itsNumber, CommandSubmission submission)
    {
        ArgumentNullException.ThrowIfNull(submission);
        Service(itsNumber).Submissions.Abandon(submission);
    }

    /// <summary>
    /// Executes at most <paramref name="budget"/> waiting commands and stops at a command boundary. One that touches
    /// many LPIs counts for several. A different ITS comes first each time, so that none waits for another's queue to
    /// end; one whose memory is not resident comes first when it is.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="budget"/> is negative.</exception>
    public StepResult Step(int budget)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(budget);
        if (State == RunState.Paused)
        {
            return new StepResult(AccessStatus.Paused, 0, HasMore: false);
        }

        var executed = 0;
        var waiting = MemoryOutcome.Ok;
        var remaining = budget;
        var next = (_parts.FirstToStep + 1) % ItsCount;
        for (var turn = 0; turn < ItsCount; turn++)
        {
            var number = (_parts.FirstToStep + turn) % ItsCount;
            var outcome = CommandProcessor.Run(_parts.Services[number], ref remaining, out var executedHere);
            executed += executedHere;
            if (outcome.IsNotResident && !waiting.IsNotResident)
            {
                // It has waited longest, and what is told as missing is its own: it is the one to go on.
                (waiting, next) = (outcome, number);
            }
        }

        _parts.FirstToStep = next;

        _parts.Lines.Settle();
        var status = waiting.IsNotResident ? AccessStatus.NotResident : AccessStatus.Ok;
        return new StepResult(status, executed, HasRunnableCommands, waiting.Missing);
    }

    /// <summary>
    /// The commands of an ITS that are waiting and follow one another in memory: from GITS_CREADR up to GITS_CWRITER or
    /// the end of the queue. For a host that brings memory which is not resident, many commands at a time; behind them
    /// may lie what the guest has not finished yet. Empty while none can run.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such ITS.</exception>
    public GuestRange WaitingCommands(int itsNumber)
    {
        var service = Service(itsNumber);
        var queue = service.Queue;
        var end = queue.WriteOffset > queue.ReadOffset ? queue.WriteOffset : queue.SizeBytes;
        return service.HasRunnableCommand
            ? new GuestRange(queue.NextCommand, end - queue.ReadOffset)
            : default;
    }
}
