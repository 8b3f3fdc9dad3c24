using Grpc.Core;
using ItsService.Core;
using ItsService.Core.Submissions;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Memory;

namespace ItsService.Server.Submissions;

/// <summary>Why a queue does not take commands, in the words of the answer.</summary>
internal static class QueueRefusal
{
    private const string CommandsField = "commands";

    /// <summary>A refusal with a detail for each thing that is in the way.</summary>
    public static RpcException Of(
        string vmName, int its, VmContent vm, int count, in SubmitResult result, ItsServerLimits limits)
    {
        var queue = vm.Gic.Inspection.Its(its);
        var problems = new List<Problem>();
        foreach (var refusal in Enum.GetValues<SubmissionRefusals>())
        {
            if (refusal != SubmissionRefusals.None && result.Refusals.HasFlag(refusal))
            {
                problems.Add(ProblemOf(refusal, its, vm, queue, count, result, limits));
            }
        }

        return Refusal.Of($"{vmName}/its/{its}", problems, problems.Count);
    }

    private static Problem ProblemOf(
        SubmissionRefusals refusal, int its, VmContent vm, ItsSummary queue, int count, in SubmitResult result,
        ItsServerLimits limits) => refusal switch
        {
            SubmissionRefusals.QueueNotValid => new(
                V1.ErrorReason.QueueNotValid, "",
                $"ITS {its} has no command queue: the guest has not set GITS_CBASER.Valid"),
            SubmissionRefusals.ItsDisabled => new(
                V1.ErrorReason.ItsDisabled, "", $"ITS {its} reads no commands: GITS_CTLR.Enabled is 0"),
            SubmissionRefusals.WriteOffsetOutOfRange => new(
                V1.ErrorReason.QueuePointerOutOfRange, "",
                $"GITS_CWRITER of ITS {its} is 0x{queue.WriteOffset:X}, and the queue has "
                + $"0x{queue.QueueSizeBytes:X} bytes"),
            SubmissionRefusals.QueueStalled => new(
                V1.ErrorReason.QueueStalled, "",
                $"the queue of ITS {its} is stalled on the command at offset 0x{queue.ReadOffset:X}, until somebody "
                + "mends it and writes GITS_CWRITER.Retry"),
            SubmissionRefusals.QueueTooSmall => new(
                V1.ErrorReason.QueueTooSmall, CommandsField,
                $"{count} commands for a queue that holds {result.Capacity} when it is full")
            {
                Accepted = $"1..{result.Capacity}",
            },
            SubmissionRefusals.QueueFull => new(
                V1.ErrorReason.QueueFull, CommandsField,
                $"{count} commands for {result.FreeSlots} free slots of {result.Capacity}")
            {
                Accepted = result.FreeSlots == 0 ? "none at present" : $"at most {result.FreeSlots} at present",
            },
            SubmissionRefusals.QueueMemoryFailed => vm.Memory.IsAllHosted
                ? MemoryCheck.Exhausted(CommandsField, limits)
                : new Problem(
                    V1.ErrorReason.MemoryUnusable, CommandsField, $"the memory of the queue of ITS {its} fails"),
            _ => NotWritable(its, vm, result),
        };

    private static Problem NotWritable(int its, VmContent vm, in SubmitResult result)
    {
        var slots = $"the slots for the commands in the queue of ITS {its}, 0x{result.Range.LengthBytes:X} bytes at "
            + $"0x{result.Range.Start.Value:X},";
        return vm.Memory.IsRam(result.Range)
            ? new Problem(V1.ErrorReason.ReadOnlyMemory, "", $"{slots} lie in read-only memory")
            : new Problem(V1.ErrorReason.NoMemory, "", $"{slots} are not wholly inside memory regions");
    }
}
