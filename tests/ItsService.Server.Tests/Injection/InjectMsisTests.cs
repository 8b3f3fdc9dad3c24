using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Attributes;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;

namespace ItsService.Server.Tests.Injection;

/// <summary>Streams of packed messages.</summary>
public class InjectMsisTests
{
    private const uint Device = 7;
    private const uint OtherDevice = 9;
    private const uint Lpi = 8192;
    private const string Sender = "sender-0123456789";

    [Fact]
    public async Task Messages_are_sent_in_order_and_told_by_outcome()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        using var stream = await SenderStream.OpenAsync(guest, tellOutcomes: true);

        await stream.SendAsync((Device, 0u), (Device, 1u), (Device, 0u), (OtherDevice, 0u), (Device, 99u));
        var answer = (await stream.ReadUntilAsync(1))[^1];

        Assert.Equal(new InjectMsisResponse(), stream.First);
        Assert.Equal((5u, 2u, 1u, 2u), (answer.Accepted, answer.Pended, answer.Coalesced, answer.Dropped));
        var told = Assert.Single(answer.Outcomes);
        Assert.Equal(1u, told.Sequence);
        Assert.Equal(
            [
                MsiOutcome.Pended, MsiOutcome.Pended, MsiOutcome.Coalesced, MsiOutcome.DroppedDeviceUnmapped,
                MsiOutcome.DroppedEventUnmapped,
            ],
            told.Outcomes.Select(outcome => (MsiOutcome)outcome));
        Assert.Equal(
            [(0u, true), (1u, true)], answer.ChangedLines.Select(line => (line.Vcpu, line.IrqAsserted)).Order());
        Assert.Equal(Lpi, await guest.AcknowledgeAsync(0));
        Assert.Equal(Lpi + 1, await guest.AcknowledgeAsync(1));
    }

    [Fact]
    public async Task Answers_are_cumulative_and_the_last_one_has_everything()
    {
        const int BatchCount = 500;
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.UnixSocket);
        using var stream = await SenderStream.OpenAsync(guest);
        var records = SenderStream.Records(Enumerable.Repeat((Device, 0u), 100));
        for (var batch = 0; batch < BatchCount; batch++)
        {
            await stream.SendAsync(records);
        }

        var last = await stream.EndsWellAsync();

        Assert.Equal((ulong)BatchCount, last.Sequence);
        Assert.Equal((BatchCount * 100u, 1u, (BatchCount * 100u) - 1), (last.Accepted, last.Pended, last.Coalesced));
    }

    [Fact]
    public async Task Answers_that_wait_for_others_are_told_together_and_delay_no_message()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        using var stream = await SenderStream.OpenAsync(guest, tellOutcomes: true, answerDelayMs: 1000);
        var startedAt = TimeProvider.System.GetTimestamp();
        for (var batch = 0; batch < 20; batch++)
        {
            await stream.SendAsync((Device, 0u));
        }

        while (await guest.AcknowledgeAsync(0) != Lpi)
        {
            await Task.Yield();
        }

        var last = await stream.EndsWellAsync();

        // Nothing was told before the stream ended, unless all this has taken a second.
        Assert.Equal(20u, last.Sequence);
        Assert.True(last.Outcomes.Count == 20
            || TimeProvider.System.GetElapsedTime(startedAt) > TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Batch_is_for_one_its_and_may_be_empty()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest", itsCount: 2);
        await guest.MapDeviceAsync(Device, 1, Lpi, its: 1);
        using var stream = await SenderStream.OpenAsync(guest);

        await stream.SendAsync();
        await stream.SendAsync(SenderStream.Records((Device, 0u)), its: 1);
        await stream.SendAsync(SenderStream.Records((Device, 0u)), its: 0);
        var last = await stream.EndsWellAsync();

        Assert.Equal((3u, 2u, 1u, 1u), (last.Sequence, last.Accepted, last.Pended, last.Dropped));
    }

    [Fact]
    public async Task Lines_that_changed_come_once_each_as_they_were_last()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        using var stream = await SenderStream.OpenAsync(guest);
        await using (await HeldGate.HoldAsync(server.Host(guest.Name)))
        {
            // They are sent while nobody gets in, and so may be answered together.
            await stream.SendAsync((Device, 0u));
            await stream.SendAsync((Device, 1u));
        }

        var lines = (await stream.ReadUntilAsync(2)).SelectMany(answer => answer.ChangedLines).ToList();

        Assert.Equal([(0u, true), (1u, true)], lines.Select(line => (line.Vcpu, line.IrqAsserted)).Order());
    }

    [Fact]
    public async Task Line_that_changes_again_before_it_is_told_comes_as_it_was_last()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        InjectMsisResponse answer;
        VcpuLine last;
        do
        {
            // Both batches are answered together, unless the second comes a second after the first.
            using var stream = await SenderStream.OpenAsync(guest, answerDelayMs: 1000);
            await stream.SendAsync((Device, 0u), (Device, 1u));
            while (await guest.AcknowledgeAsync(0) != Lpi)
            {
                await Task.Yield();
            }

            await guest.EndAsync(0, Lpi);
            await stream.SendAsync((Device, 0u));
            answer = (await stream.ReadUntilAsync(2))[^1];
            last = (await guest.DescribeAsync()).Lines[0];
            await guest.EndAsync(0, await guest.AcknowledgeAsync(0));
            await guest.EndAsync(1, await guest.AcknowledgeAsync(1));
        }
        while (answer.ChangedLines.All(line => line.Vcpu != 1));

        Assert.Equal([0u, 1u], answer.ChangedLines.Select(line => line.Vcpu).Order());
        var told = answer.ChangedLines.Single(line => line.Vcpu == 0);
        Assert.Equal((last.Generation, true), (told.Generation, told.IrqAsserted));
    }

    [Fact]
    public async Task Batch_to_a_paused_VM_waits_and_has_not_happened()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        using var cut = await SenderStream.OpenAsync(guest);
        using var stream = await SenderStream.OpenAsync(guest);
        await guest.PauseAsync();

        await cut.SendAsync((Device, 0u));
        await stream.SendAsync((Device, 1u));
        var reading = stream.ReadAsync();
        await Task.Delay(100, TestContext.Current.CancellationToken);
        var wasAnswered = reading.IsCompleted;
        cut.Cut();
        await server.Requests.UntilAsync(1);
        await guest.ResumeAsync();
        var answer = await reading;

        Assert.False(wasAnswered);
        Assert.Equal((1u, 1u), (answer.Sequence, answer.Pended));
        Assert.Equal(1023u, await guest.AcknowledgeAsync(0));
        Assert.Equal(Lpi + 1, await guest.AcknowledgeAsync(1));
    }

    [Fact]
    public async Task Sender_that_was_cut_off_goes_on_where_the_VM_is()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        using var first = await SenderStream.OpenAsync(guest, Sender);
        await first.SendAsync((Device, 0u));
        await first.SendAsync((Device, 1u));
        await first.ReadUntilAsync(2);
        first.Cut();

        using var second = await SenderStream.OpenAsync(guest, Sender);
        second.Next = 2;
        Assert.Equal(Lpi + 1, await guest.AcknowledgeAsync(1));
        await guest.EndAsync(1, Lpi + 1);
        await second.SendAsync((Device, 1u));
        await second.SendAsync((Device, 0u));
        var last = await second.EndsWellAsync();

        Assert.Equal((2u, 2u, 2u), (second.First.Sequence, second.First.Accepted, second.First.Pended));
        Assert.Equal((3u, 3u, 2u, 1u), (last.Sequence, last.Accepted, last.Pended, last.Coalesced));
        Assert.Equal(1023u, await guest.AcknowledgeAsync(1));
    }

    [Fact]
    public async Task Sender_has_one_stream_and_the_newer_one_counts()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        using var first = await SenderStream.OpenAsync(guest, Sender);
        await first.SendAsync((Device, 0u));

        using var second = await SenderStream.OpenAsync(guest, Sender);
        var (end, last) = await first.EndAsync();
        await second.SendAsync((Device, 1u));
        var answer = (await second.ReadUntilAsync(second.First.Sequence + 1))[^1];

        Assert.Equal(StatusCode.Aborted, end.StatusCode);
        Assert.Equal(ErrorReason.SessionTakenOver, Refusal.Of(end).Detail.Reason);
        Assert.True(last.Sequence <= second.First.Sequence);
        Assert.Equal(answer.Sequence, answer.Accepted);
    }

    [Fact]
    public async Task So_many_senders_are_remembered_and_the_quiet_ones_go_first()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.MsiSendersMax = 2);
        var guest = await BootAsync(server.Tcp);
        using (var quiet = await SenderStream.OpenAsync(guest, Sender))
        {
            await quiet.SendAsync((Device, 0u));
            await quiet.EndsWellAsync();
        }

        using var one = await SenderStream.OpenAsync(guest);
        using var other = await SenderStream.OpenAsync(guest, "sender-abcdefghij");
        using var tooMany = SenderStream.Open(server.Tcp);
        await tooMany.WriteAsync(new InjectMsisRequest { Start = new InjectMsisStart { Vm = guest.Name } });
        var refusal = Refusal.Of((await tooMany.EndAsync()).End);
        await one.EndsWellAsync();
        using var again = await SenderStream.OpenAsync(guest, Sender);

        Assert.Equal(
            (ErrorReason.LimitExceeded, "start.sender"), (refusal.Detail.Reason, refusal.Detail.Field));
        Assert.Equal(0u, again.First.Sequence);
    }

    [Fact]
    public async Task Sender_that_has_been_quiet_longest_is_forgotten_first()
    {
        const string Other = "sender-abcdefghij";
        await using var server = await TestServer.StartAsync(options => options.Limits.MsiSendersMax = 2);
        var guest = await BootAsync(server.Tcp);
        using var busy = await SenderStream.OpenAsync(guest, Sender);
        using (var quiet = await SenderStream.OpenAsync(guest, Other))
        {
            await quiet.SendAsync((Device, 0u));
            await quiet.EndsWellAsync();
        }

        await busy.SendAsync((Device, 0u));
        await busy.EndsWellAsync();
        using (var third = await SenderStream.OpenAsync(guest))
        {
            using var again = await SenderStream.OpenAsync(guest, Sender);
            Assert.Equal(1u, again.First.Sequence);
            await third.EndsWellAsync();
        }

        using var forgotten = await SenderStream.OpenAsync(guest, Other);
        Assert.Equal(0u, forgotten.First.Sequence);
    }

    [Fact]
    public async Task Sender_of_whom_less_is_known_than_it_knows_is_refused_and_changes_nothing()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        using var first = await SenderStream.OpenAsync(guest, Sender);
        await first.SendAsync((Device, 0u));
        await first.ReadUntilAsync(1);

        var refusals = new List<Refusal>();
        foreach (var (sender, taken) in new[] { (Sender, 2ul), ("sender-abcdefghij", 1ul), ("", 1ul) })
        {
            using var beyond = SenderStream.Open(server.Tcp);
            await beyond.WriteAsync(new InjectMsisRequest
            {
                Start = new InjectMsisStart { Vm = guest.Name, Sender = sender, Taken = taken },
            });
            refusals.Add(Refusal.Of((await beyond.EndAsync()).End));
        }

        // The stream that there is goes on, until one takes over that knows no more than the VM.
        await first.SendAsync((Device, 1u));
        await first.ReadUntilAsync(2);
        using var second = await SenderStream.OpenAsync(guest, Sender, taken: 2);

        foreach (var (refusal, known) in refusals.Zip(["0..1", "0..0", "0..0"]))
        {
            new Expected(StatusCode.InvalidArgument, ErrorReason.WrongSequence, "start.taken")
            {
                Resource = guest.Name,
                Accepted = known,
            }.AssertMet(refusal);
        }

        Assert.Equal(2u, second.First.Sequence);
    }

    [Fact]
    public async Task Client_that_does_not_read_is_held_up_and_nobody_else()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        var other = await Guest.CreateAsync(server.UnixSocket, "other");
        using var narrow = Api.OverTcp(server.Address, Api.WindowBytesMin);
        using var stream = await SenderStream.OpenAsync(guest.Over(narrow), tellOutcomes: true);
        var records = SenderStream.Records(Enumerable.Repeat((Device, 0u), 8192));

        // A client reads as much as its window has, and the server keeps as much as it may: a mebibyte.
        const ulong EnoughBatches = 20_000;
        while (await stream.TrySendAsync(records, TimeSpan.FromSeconds(1)))
        {
            Assert.True(stream.Next < EnoughBatches, "the sender is never held up");
        }

        Assert.True(stream.Next > 128, "the sender is held up before there is a mebibyte to read");
        Assert.Equal(0x1EF71u, await other.ReadAsync("GITS_TYPER"));
        Assert.Equal(0x1EF71u, await guest.Over(server.UnixSocket).ReadAsync("GITS_TYPER"));
        var told = await stream.ReadUntilAsync(stream.Next - 1);
        Assert.Equal(
            Enumerable.Range(1, (int)stream.Next - 1).Select(number => (ulong)number),
            told.SelectMany(answer => answer.Outcomes).Select(batch => batch.Sequence));
    }

    [Fact]
    public async Task Deletion_ends_a_stream_that_is_quiet()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        using var stream = await SenderStream.OpenAsync(guest);

        await server.Tcp.DeleteVmAsync(guest.Name);

        Assert.Equal(ErrorReason.VmNotFound, Refusal.Of((await stream.EndAsync()).End).Detail.Reason);
    }

    [Fact]
    public async Task Stop_of_the_server_ends_a_stream_behind_its_answer()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        using var stream = await SenderStream.OpenAsync(guest);
        await stream.SendAsync((Device, 0u));
        await stream.ReadUntilAsync(1);

        var end = stream.EndAsync();
        await server.StopAsync();

        Assert.Equal(StatusCode.Unavailable, (await end).End.StatusCode);
    }

    /// <summary>Event 0 of the device is for vCPU 0, event 1 for vCPU 1, and so on.</summary>
    internal static async Task<Guest> BootAsync(Api api, int vcpuCount = 2, string id = "guest")
    {
        var guest = await Guest.BootAsync(api, id, vcpuCount);
        await guest.RunAsync(
            [
                ItsCommand.MapDevice(Device, 12, GuestMap.TranslationTable(0, Device)),
                .. Enumerable.Range(0, vcpuCount).Select(vcpu => (uint)vcpu)
                    .Select(vcpu => ItsCommand.MapEvent(Device, vcpu, Lpi + vcpu, vcpu)),
                ItsCommand.Sync(0),
            ]);
        return guest;
    }
}
