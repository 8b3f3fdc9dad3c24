using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Client.Injection;
using ItsService.Protocol.V1;
using Microsoft.AspNetCore.Http;

namespace ItsService.Cli.Tests.Clients;

/// <summary>The client library's stream of messages, and its watch of lines.</summary>
public sealed class MsiInjectorTests
{
    private const string Sender = "sender-0123456789";
    private static readonly ItsIndex Its = new(0);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Account_has_every_message_when_the_stream_is_completed(bool byUnixSocket)
    {
        await using var server = await TestServer.StartAsync();
        await Guest.BootAsync(server.Client, "guest");
        using var client = ItsClient.Connect(byUnixSocket ? server.UnixUrl : server.Url);
        var lines = new List<VcpuLine>();
        await using var stream = await client.Vm("guest").InjectMsisAsync(
            new MsiInjectorOptions { LineChanged = lines.Add }, Cancellation).WithinLimit();
        var batch = new MsiRecord[300];

        for (var round = 1u; round <= 10; round++)
        {
            // The array is used again.
            Array.Fill(batch, new MsiRecord(Guest.Device, new EventId(round % 3)));
            Assert.Equal(round, await stream.SendAsync(Its, batch, Cancellation).AsTask().WithinLimit());
        }

        var account = await stream.CompleteAsync().WithinLimit();

        // Events 0 and 1 are mapped: 3 batches and 4 of them.
        Assert.Equal(new MsiAccount(10, 3000, 2, 2098, 900), account);
        Assert.Equal([(0u, true), (1u, true)], lines.Select(line => (line.Vcpu, line.IrqAsserted)).Order());
    }

    [Fact]
    public async Task Batches_that_were_held_back_go_out_with_the_one_that_none_follows()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        var told = new TaskCompletionSource();
        await using var stream = await vm.InjectMsisAsync(
            new MsiInjectorOptions
            {
                OutcomesTold = (batch, _) =>
                {
                    if (batch == 100)
                    {
                        told.TrySetResult();
                    }
                },
            },
            Cancellation).WithinLimit();

        for (var batch = 1u; batch <= 100; batch++)
        {
            await stream.SendAsync(Its, Messages(0, 1), moreFollows: batch < 100, Cancellation);
        }

        await told.Task.WithinLimit();
        Assert.Equal(200ul, stream.Account.Accepted);
        await stream.SendAsync(Its, Messages(0, 1), moreFollows: true, Cancellation);
        Assert.Equal(202ul, (await stream.CompleteAsync().WithinLimit()).Accepted);
    }

    [Fact]
    public async Task Outcomes_are_told_by_batch()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        var told = new List<(ulong, MsiOutcome[])>();
        await using var stream = await vm.InjectMsisAsync(
            new MsiInjectorOptions { OutcomesTold = (batch, outcomes) => told.Add((batch, [.. outcomes])) },
            Cancellation).WithinLimit();

        await stream.SendAsync(Its, Messages(0, 0), Cancellation);
        await stream.SendAsync(Its, Messages(1, 7), Cancellation);
        await stream.CompleteAsync().WithinLimit();

        Assert.Equal([1u, 2u], told.Select(batch => batch.Item1));
        Assert.Equal([MsiOutcome.Pended, MsiOutcome.Coalesced], told[0].Item2);
        Assert.Equal([MsiOutcome.Pended, MsiOutcome.DroppedEventUnmapped], told[1].Item2);
    }

    [Fact]
    public async Task Sender_whose_connection_breaks_again_and_again_loses_no_message_and_sends_none_twice()
    {
        const int BatchCount = 200;
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        HttpContext? present = null;
        var cuts = 0;
        var taken = 0ul;
        MsiAccount last;
        while (true)
        {
            server.Arriving.BeforeNext("its.v1.Interrupts/InjectMsis", request => present = request);
            try
            {
                await using var stream = await vm.InjectMsisAsync(
                    new MsiInjectorOptions { Sender = Sender, Taken = taken }, Cancellation).WithinLimit();
                taken = stream.Account.Sequence;
                var isCut = false;
                for (var batch = stream.LastSent; batch < BatchCount; batch++)
                {
                    await stream.SendAsync(Its, Messages(0, 0, 0), Cancellation).AsTask().WithinLimit();
                    if (!isCut && batch % 20 == 10)
                    {
                        isCut = true;
                        cuts++;
                        present!.Abort();
                    }
                }

                last = await stream.CompleteAsync().WithinLimit();
                break;
            }
            catch (ItsServiceException cut)
            {
                Assert.True(cut.IsUnreachable, cut.Message);
            }
        }

        Assert.True(cuts >= BatchCount / 20);
        Assert.Equal(new MsiAccount(BatchCount, 3 * BatchCount, 1, (3 * BatchCount) - 1, 0), last);
    }

    [Fact]
    public async Task What_the_service_refuses_ends_the_stream_with_its_reason()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        await using var stream = await vm.InjectMsisAsync(cancellationToken: Cancellation).WithinLimit();

        await stream.SendAsync(Its, Messages(0), Cancellation);
        await stream.SendAsync(new ItsIndex(5), Messages(0), Cancellation);
        var refusal = await Assert.ThrowsAsync<ItsServiceException>(() => stream.CompleteAsync().WithinLimit());
        var again = await Assert.ThrowsAsync<ItsServiceException>(
            () => stream.SendAsync(Its, Messages(0), Cancellation).AsTask().WithinLimit());

        Assert.Equal("batch.its", Assert.Single(refusal.Problems).Field);
        Assert.Equal("batch.its", Assert.Single(again.Problems).Field);
        Assert.Equal(1u, stream.Account.Sequence);
    }

    [Fact]
    public async Task Callback_that_fails_ends_the_stream_and_who_sends_is_told()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        await using var stream = await vm.InjectMsisAsync(
            new MsiInjectorOptions { OutcomesTold = (_, _) => throw new InvalidOperationException("mine") },
            Cancellation).WithinLimit();

        // More than the service keeps of outcomes, and the transport of messages.
        var batch = Enumerable.Repeat(Messages(0)[0], 8192).ToArray();
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            while (true)
            {
                await stream.SendAsync(Its, batch, Cancellation).AsTask().WithinLimit();
            }
        });

        Assert.Equal("mine", thrown.Message);
    }

    [Fact]
    public async Task Sender_that_the_VM_does_not_know_any_more_is_refused_if_it_knows_of_batches_itself()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        await using (var stream = await vm.InjectMsisAsync(
            new MsiInjectorOptions { Sender = Sender }, Cancellation).WithinLimit())
        {
            await stream.SendAsync(Its, Messages(0), Cancellation);
            await stream.CompleteAsync().WithinLimit();
        }

        await vm.DeleteAsync(Cancellation).WithinLimit();
        await Guest.BootAsync(server.Client, "guest");
        var refusal = await Assert.ThrowsAsync<ItsServiceException>(() => vm.InjectMsisAsync(
            new MsiInjectorOptions { Sender = Sender, Taken = 1 }, Cancellation).WithinLimit());

        Assert.Equal((ErrorReason.WrongSequence, "start.taken"), (refusal.Reason, refusal.Problems[0].Field));
    }

    [Fact]
    public async Task Account_that_lacks_batches_is_no_account_of_a_completed_stream()
    {
        await using var service = await ScriptedInterrupts.StartAsync(told: 1);
        using var client = ItsClient.Connect(service.Url);
        await using var stream = await client.Vm("guest").InjectMsisAsync(cancellationToken: Cancellation)
            .WithinLimit();

        await stream.SendAsync(Its, Messages(0), Cancellation);
        await stream.SendAsync(Its, Messages(0), Cancellation);
        var thrown = await Assert.ThrowsAsync<ItsServiceException>(() => stream.CompleteAsync().WithinLimit());

        Assert.Contains("told of 1 of 2 batches", thrown.Message, StringComparison.Ordinal);
        Assert.Equal(1u, stream.Account.Sequence);
    }

    [Fact]
    public async Task One_batch_is_on_its_way_out_at_a_time()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        await using var stream = await vm.InjectMsisAsync(cancellationToken: Cancellation).WithinLimit();
        var batch = Enumerable.Repeat(Messages(0)[0], 8192).ToArray();
        await vm.PauseAsync(Cancellation).WithinLimit();
        Task<ulong> sending;
        do
        {
            sending = stream.SendAsync(Its, batch, Cancellation).AsTask();
            await Task.WhenAny(sending, Task.Delay(TimeSpan.FromMilliseconds(300), Cancellation));
        }
        while (sending.IsCompleted);

        await Assert.ThrowsAsync<InvalidOperationException>(
            () => stream.SendAsync(Its, batch, Cancellation).AsTask().WithinLimit());
        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.CompleteAsync().WithinLimit());
        await vm.ResumeAsync(Cancellation).WithinLimit();

        var last = await sending.WithinLimit();
        Assert.Equal((last, last * 8192), await AccountAsync());

        async Task<(ulong, ulong)> AccountAsync()
        {
            var account = await stream.CompleteAsync().WithinLimit();
            return (account.Sequence, account.Accepted);
        }
    }

    [Fact]
    public async Task Callback_may_end_the_stream_and_cannot_wait_for_its_end()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        MsiInjector? stream = null;
        var waited = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        stream = await vm.InjectMsisAsync(
            new MsiInjectorOptions
            {
                LineChanged = _ =>
                {
                    waited.SetResult(Record.Exception(() => stream!.CompleteAsync().GetAwaiter().GetResult()));
                    stream!.DisposeAsync().AsTask().GetAwaiter().GetResult();
                },
            },
            Cancellation).WithinLimit();

        // The answer may come, and the stream end, before this has.
        await Record.ExceptionAsync(() => stream.SendAsync(Its, Messages(0), Cancellation).AsTask().WithinLimit());

        Assert.IsType<InvalidOperationException>(await waited.Task.WithinLimit());
        await stream.DisposeAsync().AsTask().WithinLimit();
    }

    [Fact]
    public async Task VM_that_is_not_there_takes_no_messages()
    {
        await using var server = await TestServer.StartAsync();

        var refusal = await Assert.ThrowsAsync<ItsServiceException>(
            () => server.Client.Vm("absent").InjectMsisAsync(cancellationToken: Cancellation).WithinLimit());

        Assert.Equal(ErrorReason.VmNotFound, refusal.Reason);
    }

    [Fact]
    public async Task Lines_are_watched()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        await using var watch = vm.WatchVcpusAsync([new VcpuIndex(1)], ending.Token)
            .GetAsyncEnumerator(Cancellation);

        Assert.True(await watch.MoveNextAsync().AsTask().WithinLimit());
        var first = watch.Current;
        await Guest.SignalAsync(vm, 1);
        Assert.True(await watch.MoveNextAsync().AsTask().WithinLimit());
        var changed = watch.Current;
        await ending.CancelAsync();

        Assert.Equal((1u, false), (Assert.Single(first).Vcpu, first[0].IrqAsserted));
        Assert.Equal((1u, true), (Assert.Single(changed).Vcpu, changed[0].IrqAsserted));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watch.MoveNextAsync().AsTask().WithinLimit());
    }

    private static MsiRecord[] Messages(params uint[] events) =>
        [.. events.Select(number => new MsiRecord(Guest.Device, new EventId(number)))];
}
