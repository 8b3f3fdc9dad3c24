using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Concurrency;

/// <summary>Parallel callers: no message is lost, counted twice or seen by the wrong VM.</summary>
public class ManyCallersTests
{
    private const uint Device = 9;
    private const uint MappedEvents = 48;
    private const uint SignalledEvents = 64;
    private const uint FirstLpi = 8192;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Accounts_of_one_vm_close_under_parallel_senders_and_takers()
    {
        const int Senders = 8;
        const int MessagesEach = 400;
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp, "busy", FirstLpi);
        Guest[] roads = [guest, guest.Over(server.UnixSocket)];

        using var sendersDone = new CancellationTokenSource();
        var takers = Enumerable.Range(0, 2).Select(vcpu =>
            Task.Run(() => TakeAsync(roads[vcpu], (uint)vcpu, sendersDone.Token), Cancellation)).ToArray();
        var senders = Enumerable.Range(0, Senders).Select(sender =>
            Task.Run(() => SendAsync(roads[sender % 2], seed: sender, MessagesEach), Cancellation));
        var sent = (await Task.WhenAll(senders).WithinLimit()).SelectMany(outcomes => outcomes).ToList();
        await sendersDone.CancelAsync();
        var taken = (await Task.WhenAll(takers).WithinLimit()).SelectMany(lpis => lpis).ToList();

        var pended = sent.Count(outcome => outcome == MsiOutcome.Pended);
        var coalesced = sent.Count(outcome => outcome == MsiOutcome.Coalesced);
        var dropped = sent.Count(outcome => outcome == MsiOutcome.DroppedEventUnmapped);
        Assert.Equal(Senders * MessagesEach, pended + coalesced + dropped);
        Assert.Equal(pended, taken.Count + await CountPendingAsync(guest));
        Assert.InRange(dropped, 1, sent.Count);
        Assert.InRange(pended, 1, sent.Count);
        Assert.All(taken, lpi => Assert.InRange(lpi, FirstLpi, FirstLpi + MappedEvents - 1));
    }

    [Fact]
    public async Task Vms_never_see_one_another()
    {
        const int VmCount = 4;
        const int MessagesEach = 300;
        await using var server = await TestServer.StartAsync();
        var guests = await Task.WhenAll(Enumerable.Range(0, VmCount).Select(number =>
            BootAsync(server.Tcp, $"vm-{number}", FirstLpi + ((uint)number * 1000)))).WithinLimit();

        var accounts = await Task.WhenAll(guests.Select((guest, number) => Task.Run(async () =>
        {
            using var senderDone = new CancellationTokenSource();
            var takers = new[] { 0u, 1u }.Select(vcpu => TakeAsync(guest, vcpu, senderDone.Token)).ToArray();
            var sent = await SendAsync(guest, seed: number, MessagesEach);
            await senderDone.CancelAsync();
            return (Sent: sent, Taken: (await Task.WhenAll(takers)).SelectMany(lpis => lpis).ToList());
        }, Cancellation))).WithinLimit();

        for (var number = 0; number < VmCount; number++)
        {
            var (sent, taken) = accounts[number];
            var firstLpi = FirstLpi + ((uint)number * 1000);
            Assert.Equal(MessagesEach, sent.Count);
            Assert.All(taken, lpi => Assert.InRange(lpi, firstLpi, firstLpi + MappedEvents - 1));
            Assert.Equal(
                sent.Count(outcome => outcome == MsiOutcome.Pended),
                taken.Count + await CountPendingAsync(guests[number]));
        }
    }

    [Fact]
    public async Task Creation_and_deletion_of_one_name_by_many_leave_one_winner_at_a_time()
    {
        const int Callers = 8;
        const int Rounds = 25;
        await using var server = await TestServer.StartAsync();

        var results = await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            var (created, deleted) = (0, 0);
            for (var round = 0; round < Rounds; round++)
            {
                created += await SucceedsAsync(() => server.Tcp.CreateVmAsync("contended", GuestMap.Spec())) ? 1 : 0;
                deleted += await SucceedsAsync(() => server.Tcp.DeleteVmAsync("vms/contended")) ? 1 : 0;
            }

            return (created, deleted);
        }, Cancellation))).WithinLimit();

        var left = (await server.Tcp.ListVmsAsync()).Vms.Count;
        Assert.InRange(left, 0, 1);
        Assert.Equal(results.Sum(result => result.created), results.Sum(result => result.deleted) + left);
    }

    private static async Task<Guest> BootAsync(Api api, string id, uint firstLpi)
    {
        var guest = await Guest.BootAsync(api, id);
        List<ItsCommand> commands = [ItsCommand.MapDevice(Device, 8, GuestMap.TranslationTable(0, Device))];
        commands.AddRange(Enumerable.Range(0, (int)MappedEvents).Select(eventId =>
            ItsCommand.MapEvent(Device, (uint)eventId, firstLpi + (uint)eventId, collection: (uint)eventId % 2)));
        await guest.RunAsync([.. commands]);
        return guest;
    }

    private static async Task<List<MsiOutcome>> SendAsync(Guest guest, int seed, int count)
    {
        var random = new Random(seed);
        var outcomes = new List<MsiOutcome>(count);
        for (var message = 0; message < count; message++)
        {
            var response = await guest.SignalAsync(Device, (uint)random.Next((int)SignalledEvents));
            outcomes.Add(response.Result.Outcome);
        }

        return outcomes;
    }

    /// <summary>Acknowledges and ends interrupts until the senders are done and nothing is left to take.</summary>
    private static async Task<List<uint>> TakeAsync(Guest guest, uint vcpu, CancellationToken sendersDone)
    {
        var taken = new List<uint>();
        while (true)
        {
            var isLastLook = sendersDone.IsCancellationRequested;
            var intId = await guest.AcknowledgeAsync(vcpu);
            if (intId != 1023)
            {
                taken.Add(intId);
                await guest.EndAsync(vcpu, intId);
            }
            else if (isLastLook)
            {
                return taken;
            }
        }
    }

    private static async Task<int> CountPendingAsync(Guest guest) =>
        (await guest.DumpAsync()).Count(entry => entry.KindCase == TableEntry.KindOneofCase.PendingLpi);

    private static async Task<bool> SucceedsAsync(Func<Task> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (Grpc.Core.RpcException error)
            when (error.StatusCode is Grpc.Core.StatusCode.AlreadyExists or Grpc.Core.StatusCode.NotFound)
        {
            return false;
        }
    }
}
