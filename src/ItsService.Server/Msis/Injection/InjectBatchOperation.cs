using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Telemetry;
using ItsService.Server.Wire;

namespace ItsService.Server.Msis.Injection;

/// <summary>
/// Sends the messages of one batch, in order and in one entry into the gate. Messages read no guest memory that is not
/// there, so that a batch never ends halfway.
/// </summary>
/// <param name="stream">On which it came.</param>
/// <param name="batch">The batch, checked but for its number.</param>
/// <param name="answers">Takes what is told of it.</param>
/// <param name="arrivedAt">When it was read; 0 where nobody measures.</param>
internal readonly struct InjectBatchOperation(
    InjectionStream stream, ReceivedInjection batch, InjectionAnswers answers, long arrivedAt)
    : IVmOperation<Done>
{
    public Done Run(VmContent vm)
    {
        var sender = stream.Sender;
        vm.Senders.RefuseUnlessOf(sender, stream);
        if (batch.Sequence <= sender.Account.Sequence && batch.Sequence > 0)
        {
            // Sent again by who was cut off before it had the answer.
            return default;
        }

        if (batch.Sequence != sender.Account.Sequence + 1)
        {
            throw Refusal.Of(vm.Name, new Problem(
                V1.ErrorReason.WrongSequence, "batch.sequence",
                $"batch {batch.Sequence} came after {sender.Account.Sequence}")
            {
                Accepted = $"{sender.Account.Sequence + 1}",
            });
        }

        sender.Account = Send(vm, sender.Account);
        answers.Take(vm, sender.Account);
        return default;
    }

    private MsiAccount Send(VmContent vm, MsiAccount account)
    {
        var records = batch.Records;
        var outcomes = answers.RoomForOutcomes(records.Length / MsiRecords.SizeBytes);
        var tally = default(InjectionTally);
        var beganAt = vm.Telemetry.BeginInjection();
        for (var offset = 0; offset < records.Length; offset += MsiRecords.SizeBytes)
        {
            var (device, eventId) = MsiRecords.At(records, offset);
            var result = vm.Gic.SignalMsi((int)batch.Its, device, eventId);
            tally.Count(result);
            if (!outcomes.IsEmpty)
            {
                outcomes[offset / MsiRecords.SizeBytes] = (byte)MsiAnswer.OutcomeOf(result.Outcome);
            }
        }

        vm.Telemetry.EndInjection(InjectionPath.Stream, tally, arrivedAt, beganAt);

        return new MsiAccount(
            batch.Sequence,
            account.Accepted + (ulong)(records.Length / MsiRecords.SizeBytes),
            account.Pended + tally.Pended,
            account.Coalesced + tally.Coalesced);
    }
}

/// <summary>Gives a stream its sender.</summary>
internal readonly struct BeginInjectionOperation(InjectionStream stream, V1.InjectMsisStart start)
    : IVmOperation<MsiAccount>
{
    public MsiAccount Run(VmContent vm)
    {
        stream.Sender = vm.Senders.Begin(start.Sender, start.Taken, stream);
        return stream.Sender.Account;
    }
}
