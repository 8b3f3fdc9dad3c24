using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;
using ItsService.SaveLoad.Accounts;
using ItsService.SaveLoad.Guests;

namespace ItsService.SaveLoad.Load;

/// <summary>
/// A device that sends its messages one after the other, as fast as they are answered. There are four sorts: by number
/// of the ITS, by the address of its doorbell, by one write of it in a batch, and by up to four in a batch.
/// </summary>
internal sealed class Sender(int number, EventPlan plan, LoadSurroundings surroundings)
{
    private const int SortCount = 4;
    private const int BatchedMax = 4;

    private readonly List<AccountedEvent> _events =
        [.. plan.Events.Where(accounted => accounted.Sender == number)];

    private readonly CallerBook _book = surroundings.Books.Senders[number];
    private readonly int _sort = number % SortCount;
    private int _next;

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var mayHaveChanged = surroundings.Pulse.Next;
            var events = Take(_sort == SortCount - 1 ? BatchedMax : 1);
            if (events.Count == 0)
            {
                await mayHaveChanged.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }

            var call = _book.Begin();
            var outcomes = await surroundings.LoadTarget.CallAsync(
                number % 2 == 0 ? Road.Tcp : Road.UnixSocket, vm => SendAsync(vm, events));
            List<Deed> deeds = [.. events.Zip(outcomes, DeedOf)];
            if (surroundings.Faults.IsCountedTwice(number, call))
            {
                deeds.Add(deeds[0]);
            }

            _book.End([.. deeds]);
        }
    }

    private List<AccountedEvent> Take(int countMax)
    {
        List<AccountedEvent> taken = [];
        for (var tried = 0; tried < _events.Count && taken.Count < countMax; tried++)
        {
            var accounted = _events[_next++ % _events.Count];
            if (surroundings.Outstanding.TryTake(accounted))
            {
                taken.Add(accounted);
            }
        }

        return taken;
    }

    private async Task<IReadOnlyList<MsiOutcome>> SendAsync(VmHandle vm, List<AccountedEvent> events)
    {
        var (device, eventId) = (new DeviceId(events[0].DeviceId), new EventId(events[0].EventId));
        switch (_sort)
        {
            case 0:
                var answer = await vm.SignalMsiAsync(new ItsIndex((uint)events[0].Its), device, eventId);
                return [answer.Result.Outcome];
            case 1:
                answer = await vm.SignalMsiAsync(GuestLayout.Doorbell(events[0].Its), device, eventId);
                return [answer.Result.Outcome];
            default:
                return await SendBatchAsync(vm, events);
        }
    }

    private static async Task<IReadOnlyList<MsiOutcome>> SendBatchAsync(VmHandle vm, List<AccountedEvent> events)
    {
        var batch = vm.Batch();
        List<BatchMessage> messages = [];
        foreach (var accounted in events)
        {
            batch.Write(
                RegisterPlace.At(GuestLayout.Doorbell(accounted.Its)),
                AccessSize.Word,
                accounted.EventId,
                new DeviceId(accounted.DeviceId),
                out var message);
            messages.Add(message);
        }

        var results = await batch.SendAsync();
        return [.. messages.Select(message => results.Message(message)!.Outcome)];
    }

    private static Deed DeedOf(AccountedEvent accounted, MsiOutcome outcome) => outcome switch
    {
        MsiOutcome.Pended => new Deed(accounted.Index, DeedKind.Pended),
        MsiOutcome.Coalesced when accounted.Rule != EventRule.OneAtATime =>
            new Deed(accounted.Index, DeedKind.Coalesced),
        _ => throw new AccountException($"a message to {accounted} was answered with {outcome}"),
    };
}
