using ItsService.Core.Events;
using ItsService.Core.Memory;
using ItsService.Core.Profiles;
using ItsService.Core.Submissions;

namespace ItsService.Core.Commands;

/// <summary>
/// Reads commands from the queue and executes them, one at a time and at most so many: it can stop after each, and
/// between two commands the state is whole.
/// </summary>
internal static class CommandProcessor
{
    /// <summary>
    /// Executes while <paramref name="budget"/> lasts, and takes from it what was executed: one for each command, and
    /// more for one that did much. Not resident, when the next command waits for memory.
    /// </summary>
    public static MemoryOutcome Run(InterruptTranslationService service, ref int budget, out int executed) =>
        // Nothing is submitted while commands run: one look is enough, and others run as if nothing ever was.
        service.Submissions.IsWatching
            ? Run<SubmissionsWatch>(service, ref budget, out executed)
            : Run<NobodyWatches>(service, ref budget, out executed);

    private static MemoryOutcome Run<TWatch>(InterruptTranslationService service, ref int budget, out int executed)
        where TWatch : struct, ISlotWatch
    {
        Span<byte> slot = stackalloc byte[CommandPacket.SizeBytes];
        var work = service.Parts.Work;
        executed = 0;
        while (budget > 0 && service.HasRunnableCommand)
        {
            var workBefore = work.Lpis;
            var result = FetchAndExecute(service, slot, out var packet);
            if (result.IsNotResident)
            {
                return MemoryOutcome.NotResident(result.Missing);
            }

            executed++;
            budget -= 1 + (int)work.CommandsSince(workBefore);
            var offset = service.Queue.ReadOffset;
            Complete(service, packet, result);
            TWatch.Note(service, offset, slot, result.Error);
        }

        return MemoryOutcome.Ok;
    }

    private static CommandResult FetchAndExecute(
        InterruptTranslationService service, Span<byte> slot, out CommandPacket packet)
    {
        packet = default;
        var outcome = service.Parts.Memory.Read(service.Queue.NextCommand, slot);
        if (!outcome.IsOk)
        {
            return outcome.IsNotResident
                ? CommandResult.NotResident(outcome.Missing)
                : CommandResult.MemoryError(CommandError.UnreadableSlot);
        }

        packet = CommandPacket.Decode(slot);
        return CommandDispatcher.Execute(packet, service);
    }

    private static void Complete(InterruptTranslationService service, in CommandPacket packet, CommandResult result)
    {
        if (result.Error == CommandError.None)
        {
            service.Parts.Counters.CountExecuted(packet.Opcode);
            service.Parts.Trace?.NoteCommand(service, packet, CommandError.None);
            service.Queue.Advance();
            if (packet.Opcode != CommandOpcode.Sync)
            {
                service.Parts.History.Add(service.Number, packet, service.Parts.Events.TotalCount);
            }

            return;
        }

        var stalls = Stalls(service.Parts.Profile.CommandErrorPolicy, result);
        service.Parts.Counters.CountFailed(packet.Opcode, result.Error);
        service.Parts.Trace?.NoteCommand(service, packet, result.Error, stalls);
        service.Parts.Events.Append(new GicEvent
        {
            Kind = stalls ? GicEventKind.QueueStalled : GicEventKind.CommandFailed,
            Its = service.Number,
            Opcode = packet.Opcode,
            Command = packet,
            Error = result.Error,
            QueueOffset = service.Queue.ReadOffset,
        });

        if (stalls)
        {
            service.Queue.Stall();
        }
        else
        {
            service.Queue.Advance();
        }
    }

    private static bool Stalls(CommandErrorPolicy policy, CommandResult result) => policy switch
    {
        CommandErrorPolicy.Stall => true,
        CommandErrorPolicy.StallOnMemoryError => result.IsMemoryError,
        _ => false,
    };
}
