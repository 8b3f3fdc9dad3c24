using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;
using ItsService.Server.Tests.Sessions;
using ItsService.Server.Tests.Telemetry;

namespace ItsService.Server.Tests.Memory.Kinds;

/// <summary>What a VMM is asked for, and one that does not answer, answers wrongly, or goes and comes.</summary>
public class RemoteMemoryTests
{
    private const uint Device = 7;
    private const uint Lpi = 8192;

    [Fact]
    public async Task Batch_whose_memory_stays_away_tells_what_was_made()
    {
        await using var server = await StartAsync(patienceMs: 100);
        var guest = await CreateAsync(server);

        var refusal = await Refusal.OfAsync(() => server.Tcp.BatchAsync(new BatchRequest
        {
            Vm = guest.Name,
            Accesses =
            {
                new Access { Write = new WriteAccess { Target = Guest.Register("GICD_CTLR"), Value = 2 } },
                new Access
                {
                    WriteMemory = new WriteMemoryAccess { Address = GuestMap.DataArea, Data = ByteString.CopyFrom(1) },
                },
                new Access { ReadMemory = new ReadMemoryAccess { Address = GuestMap.DataArea, LengthBytes = 1 } },
            },
        }));

        Assert.Equal(ErrorReason.MemoryNotAnswered, refusal.Detail.Reason);
        Assert.Contains("the first 2 accesses are made", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Small_writes_that_nobody_takes_are_bounded_as_well()
    {
        await using var server = await StartAsync(patienceMs: 10);
        var guest = await CreateAsync(server);
        var batch = new BatchRequest { Vm = guest.Name };
        batch.Accesses.AddRange(Enumerable.Range(0, 10_000).Select(_ => new Access
        {
            WriteMemory = new WriteMemoryAccess { Address = GuestMap.DataArea, Data = ByteString.CopyFrom(1) },
        }));

        var answers = new List<AccessResult>();
        for (var round = 0; round < 8; round++)
        {
            try
            {
                answers.AddRange((await server.Tcp.BatchAsync(batch)).Results);
            }
            catch (RpcException unanswered) when (unanswered.StatusCode == StatusCode.DeadlineExceeded)
            {
                // They are made, and nobody has taken them.
            }
        }

        var refusal = await Refusal.OfAsync(() => guest.WriteMemoryAsync(GuestMap.DataArea, ByteString.CopyFrom(1)));
        Assert.Contains("has not taken what was written", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("it is done", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vmm_that_does_not_answer_is_told_of_and_holds_up_nobody_else()
    {
        ItsServerLimits limits = null!;
        await using var server = await TestServer.StartAsync(options => limits = options.Limits);
        using var silent = await GuestOfKind.CreateAsync(server, MemoryKind.Served);
        using var other = await GuestOfKind.BootAsync(server, MemoryKind.Served, "other");
        await other.Guest.MapDeviceAsync(Device, eventCount: 1, Lpi);
        var silence = silent.Ram.FallSilent();
        limits.MemoryAnswerMillisecondsMax = 100;

        var reading = silent.Guest.ReadMemoryAsync(GuestMap.DataArea, 8);
        await other.Guest.SignalAsync(Device, 0);
        var taken = await other.Guest.AcknowledgeAsync(vcpu: 0);
        var refusal = await Refusal.OfAsync(() => reading);
        limits.MemoryAnswerMillisecondsMax = 5000;
        silence.Dispose();

        Assert.Equal(Lpi, taken);
        Assert.Equal(StatusCode.DeadlineExceeded, refusal.Code);
        Assert.Equal(ErrorReason.MemoryNotAnswered, refusal.Detail.Reason);
        Assert.Equal(ByteString.CopyFrom(new byte[8]), await silent.Guest.ReadMemoryAsync(GuestMap.DataArea, 8));
    }

    [Fact]
    public async Task Vm_whose_memory_nobody_serves_is_usable_but_for_it()
    {
        await using var server = await StartAsync(patienceMs: 50);
        var guest = await CreateAsync(server);

        var refusal = await Refusal.OfAsync(() => guest.ReadMemoryAsync(GuestMap.DataArea, 8));

        Assert.Equal(ErrorReason.MemoryNotAnswered, refusal.Detail.Reason);
        await guest.WriteAsync("GICD_CTLR", 2);
        Assert.Equal(2u, await guest.ReadAsync("GICD_CTLR") & 2);
    }

    [Fact]
    public async Task Call_is_answered_when_its_writes_are_made()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await CreateAsync(server);
        using var stream = await MemoryStream.OpenAsync(server.Tcp, guest.Name);

        var writing = guest.WriteMemoryAsync(GuestMap.DataArea, ByteString.CopyFrom(1, 2));
        var request = await stream.ReadAsync();
        await guest.ReadAsync("GITS_TYPER");
        var wasDone = writing.IsCompleted;
        await stream.AnswerAsync(new MemoryAnswer { Id = request.Id, Done = new MemoryDone() });
        await writing;

        Assert.False(wasDone);
        Assert.Equal((GuestMap.DataArea, ByteString.CopyFrom(1, 2)), (request.Write.Address, request.Write.Data));
    }

    [Fact]
    public async Task What_was_not_answered_is_asked_again_on_the_next_stream_but_for_what_was_made()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await CreateAsync(server);
        var first = await MemoryStream.OpenAsync(server.Tcp, guest.Name);
        var writing = Enumerable.Range(0, 3)
            .Select(index => guest.WriteMemoryAsync(GuestMap.DataArea + (ulong)index, ByteString.CopyFrom((byte)index)))
            .ToArray();
        var requests = new[] { await first.ReadAsync(), await first.ReadAsync(), await first.ReadAsync() };

        first.Cut();
        var (second, again) = await ServeWhenFreeAsync(server, guest, made: requests[1].Id);
        await second.AnswerAsync(new MemoryAnswer { Id = again.Id, Done = new MemoryDone() });
        await Task.WhenAll(writing);

        Assert.Equal(requests[2], again);
        first.Dispose();
        second.Dispose();
    }

    [Fact]
    public async Task Second_that_would_serve_is_refused_by_name()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await CreateAsync(server);
        using var first = await MemoryStream.OpenAsync(server.Tcp, guest.Name);
        var reading = guest.ReadMemoryAsync(GuestMap.DataArea, 1);
        var request = await first.ReadAsync();

        using var second = await MemoryStream.OpenAsync(server.Tcp, guest.Name);
        var refused = Refusal.Of(await second.EndAsync());
        using var session = AttachedVmm.Open(server.Tcp);
        await session.WriteAsync(
            new FromVmm { Attach = new AttachRequest { Vm = guest.Name, ServesMemory = true } });
        var refusedSession = Refusal.Of(await session.EndAsync());
        var page = new byte[request.Read.LengthBytes];
        page[0] = 9;
        await first.AnswerAsync(new MemoryAnswer { Id = request.Id, Data = ByteString.CopyFrom(page) });

        Assert.Equal(
            ("start.vm", ErrorReason.MemoryServed), (refused.Detail.Field, refused.Detail.Reason));
        Assert.Equal("attach.serves_memory", refusedSession.Detail.Field);
        Assert.Equal(ByteString.CopyFrom(9), await reading);
    }

    [Theory]
    [InlineData("data")]
    [InlineData("kind")]
    [InlineData("id")]
    public async Task Answer_that_is_none_ends_the_stream(string wrong)
    {
        await using var server = await StartAsync(patienceMs: 2000);
        var guest = await CreateAsync(server);
        using var stream = await MemoryStream.OpenAsync(server.Tcp, guest.Name);
        var reading = Assert.ThrowsAsync<RpcException>(() => guest.ReadMemoryAsync(GuestMap.DataArea, 8));
        var request = await stream.ReadAsync();

        await stream.AnswerAsync(wrong switch
        {
            "data" => new MemoryAnswer { Id = request.Id, Data = ByteString.CopyFrom(1) },
            "kind" => new MemoryAnswer { Id = request.Id, Done = new MemoryDone() },
            _ => new MemoryAnswer { Id = request.Id + 1, Fault = new MemoryFault() },
        });

        Assert.Equal(StatusCode.InvalidArgument, Refusal.Of(await stream.EndAsync()).Code);
        await reading;
    }

    [Fact]
    public async Task Writes_that_a_vmm_was_never_asked_for_cannot_have_been_made()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await CreateAsync(server);
        var writing = guest.WriteMemoryAsync(GuestMap.DataArea, ByteString.CopyFrom(1));
        await server.Requests.UntilAsync(1);

        using var served = await MemoryStream.OpenAsync(server.Tcp, guest.Name, made: 1_000_000);
        var refused = Refusal.Of(await served.EndAsync());
        using var session = AttachedVmm.Open(server.Tcp);
        await session.WriteAsync(new FromVmm
        {
            Attach = new AttachRequest { Vm = guest.Name, ServesMemory = true, MemoryMade = 1_000_000 },
        });
        var refusedSession = Refusal.Of(await session.EndAsync());
        using var stream = await MemoryStream.OpenAsync(server.Tcp, guest.Name);
        var request = await stream.ReadAsync();
        var wasDone = writing.IsCompleted;
        await stream.AnswerAsync(new MemoryAnswer { Id = request.Id, Done = new MemoryDone() });
        await writing;

        Assert.Equal(("start.made", ErrorReason.WrongSequence), (refused.Detail.Field, refused.Detail.Reason));
        Assert.Equal("attach.memory_made", refusedSession.Detail.Field);
        Assert.False(wasDone);
    }

    [Fact]
    public async Task Memory_of_one_vm_is_not_taken_for_that_of_another_with_its_name()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await CreateAsync(server);
        var uid = (await guest.DescribeAsync()).Uid;
        await server.Tcp.DeleteVmAsync(guest.Name);
        await CreateAsync(server);

        using var stream = await MemoryStream.OpenAsync(server.Tcp, guest.Name, vmUid: uid);
        var refusal = Refusal.Of(await stream.EndAsync());

        Assert.Equal(("start.vm_uid", ErrorReason.VmNotFound), (refusal.Detail.Field, refusal.Detail.Reason));
    }

    [Fact]
    public async Task Memory_that_the_vmm_does_not_have_is_no_ram()
    {
        await using var server = await TestServer.StartAsync();
        using var made = await GuestOfKind.BootAsync(server, MemoryKind.Served);
        made.Ram.Has = address => address < GuestMap.DataArea;

        var refusal = await Refusal.OfAsync(() => made.Guest.ReadMemoryAsync(GuestMap.DataArea, 8));

        Assert.Equal(ErrorReason.MemoryUnusable, refusal.Detail.Reason);
    }

    [Fact]
    public async Task Memory_that_the_vmm_does_not_have_is_measured_as_failed()
    {
        const string Series = "its_memory_duration_seconds_count{its_memory_backend=\"remote\",its_memory_operation=";
        await using var server = await Scrape.ServeAsync();
        using var made = await GuestOfKind.BootAsync(server, MemoryKind.Served);
        Assert.Equal(0, (await Scrape.OfAsync(server))[Series + "\"read\",error_type=\"failed\"}"]);
        made.Ram.Has = address => address < GuestMap.DataArea;

        await Refusal.OfAsync(() => made.Guest.ReadMemoryAsync(GuestMap.DataArea, 8));

        var scrape = await Scrape.OfAsync(server);
        Assert.Equal(1, scrape[Series + "\"read\",error_type=\"failed\"}"]);
        Assert.NotEqual(0, scrape[Series + "\"read\"}"]);
    }

    [Fact]
    public async Task Deletion_ends_the_stream_and_the_wait()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await CreateAsync(server);
        using var stream = await MemoryStream.OpenAsync(server.Tcp, guest.Name);
        var reading = Assert.ThrowsAsync<RpcException>(() => guest.ReadMemoryAsync(GuestMap.DataArea, 8));
        await stream.ReadAsync();

        await server.Tcp.DeleteVmAsync(guest.Name);

        Assert.Equal(StatusCode.NotFound, (await reading).StatusCode);
        Assert.Equal(StatusCode.NotFound, (await stream.EndAsync()).StatusCode);
    }

    [Fact]
    public async Task Stream_must_begin_with_the_vm_it_serves()
    {
        await using var server = await TestServer.StartAsync();
        using var nameless = await MemoryStream.OpenAsync(server.Tcp, "vms/absent");

        Assert.Equal(ErrorReason.VmNotFound, Refusal.Of(await nameless.EndAsync()).Detail.Reason);
    }

    private static Task<TestServer> StartAsync(int patienceMs) =>
        TestServer.StartAsync(options => options.Limits.MemoryAnswerMillisecondsMax = patienceMs);

    private static async Task<Guest> CreateAsync(TestServer server)
    {
        var spec = GuestMap.Spec();
        GuestOfKind.SetBacking(spec.MemoryRegions[0], MemoryKind.Served, server, "guest");
        return await Guest.CreateAsync(server.Tcp, "guest", spec);
    }

    // The server learns of a cut when it does.
    private static async Task<(MemoryStream Stream, MemoryRequest First)> ServeWhenFreeAsync(
        TestServer server, Guest guest, ulong made)
    {
        while (true)
        {
            var stream = await MemoryStream.OpenAsync(server.Tcp, guest.Name, made);
            try
            {
                return (stream, await stream.ReadAsync());
            }
            catch (RpcException held) when (held.StatusCode == StatusCode.FailedPrecondition)
            {
                stream.Dispose();
                await Task.Delay(10, TestContext.Current.CancellationToken);
            }
        }
    }
}
