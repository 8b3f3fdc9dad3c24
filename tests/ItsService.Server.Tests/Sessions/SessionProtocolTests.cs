using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;

namespace ItsService.Server.Tests.Sessions;

/// <summary>
/// A VMM that does not follow the protocol: its stream ends with what is wrong, and its session goes on.
/// </summary>
public class SessionProtocolTests
{
    [Theory]
    [InlineData(0ul)]
    [InlineData(1ul)]
    [InlineData(3ul)]
    [InlineData(ulong.MaxValue)]
    public async Task Number_out_of_turn_ends_the_stream_and_loses_nothing(ulong sequence)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "live");
        using var first = await AttachedVmm.AttachAsync(guest);
        await first.AskAsync(AttachedVmm.Write("GICD_IPRIORITYR8", 0x10));

        first.Next = sequence;
        await first.SendAsync(AttachedVmm.Write("GICD_IPRIORITYR8", 0x20));
        var end = Refusal.Of(await first.EndAsync());
        using var second = await first.AgainAsync(guest, received: 1);

        Assert.Equal((StatusCode.InvalidArgument, ErrorReason.WrongSequence), (end.Code, end.Detail.Reason));
        Assert.Equal(("request.sequence", "2"), (end.Detail.Field, end.Detail.Accepted));
        Assert.Equal((2u, 0x10u), Of(await second.AskAsync(AttachedVmm.Read("GICD_IPRIORITYR8"))));
    }

    [Fact]
    public async Task Answer_that_was_not_sent_cannot_have_been_received()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "live");
        using var first = await AttachedVmm.AttachAsync(guest);
        await first.AskAsync(AttachedVmm.Read("GITS_TYPER"));

        await first.WriteAsync(new FromVmm { Received = new ReceivedAnswers { Sequence = 2 } });
        var end = Refusal.Of(await first.EndAsync());

        Assert.Equal((ErrorReason.WrongSequence, "received.sequence"), (end.Detail.Reason, end.Detail.Field));
        using var second = await first.AgainAsync(guest, received: 1);
    }

    [Fact]
    public async Task Vmm_that_tells_of_no_answer_is_stopped_at_the_limit()
    {
        const int Limit = 8;
        await using var server = await TestServer.StartAsync(options => options.Limits.UnreceivedAnswersMax = Limit);
        var guest = await Guest.CreateAsync(server.Tcp, "live");
        using var first = await AttachedVmm.AttachAsync(guest);

        for (var count = 0; count <= Limit; count++)
        {
            await first.SendAsync(AttachedVmm.Read("GITS_TYPER"));
        }

        for (var count = 0; count < Limit; count++)
        {
            await first.ReadAnswerAsync();
        }

        var end = Refusal.Of(await first.EndAsync());
        using var second = await first.AgainAsync(guest, received: Limit);

        Assert.Equal((uint)Limit, first.Attached.UnreceivedAnswersMax);
        Assert.Equal((StatusCode.ResourceExhausted, ErrorReason.LimitExceeded), (end.Code, end.Detail.Reason));
        Assert.Equal((ulong)Limit + 1, (await second.AskAsync(AttachedVmm.Read("GITS_TYPER"))).Sequence);
    }

    [Fact]
    public async Task Vmm_that_tells_of_its_answers_goes_on_beyond_the_limit()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.UnreceivedAnswersMax = 2);
        var guest = await Guest.CreateAsync(server.Tcp, "live");
        using var vmm = await AttachedVmm.AttachAsync(guest);

        for (var sequence = 1ul; sequence <= 20; sequence++)
        {
            var request = AttachedVmm.Read("GITS_TYPER");
            request.Received = sequence % 2 == 0 ? sequence - 1 : 0;
            Assert.Equal(sequence, (await vmm.AskAsync(request)).Sequence);
            await vmm.WriteAsync(new FromVmm { Received = new ReceivedAnswers { Sequence = sequence } });
        }
    }

    [Fact]
    public async Task Answers_with_much_memory_are_bounded_in_bytes()
    {
        const int Limit = 64 << 10;
        await using var server = await TestServer.StartAsync(
            options => options.Limits.UnreceivedAnswerBytesMax = Limit);
        var guest = await Guest.CreateAsync(server.Tcp, "live");
        using var vmm = await AttachedVmm.AttachAsync(guest);
        var read = new ReadMemoryAccess { Address = GuestMap.RamBase, LengthBytes = Limit + 1 };

        await vmm.AskAsync(new VmmRequest { ReadMemory = read });
        await vmm.AskAsync(new VmmRequest { ReadMemory = read, Received = 1 });
        await vmm.SendAsync(new VmmRequest { ReadMemory = read, Received = 1 });
        var end = Refusal.Of(await vmm.EndAsync());

        Assert.Equal((ErrorReason.LimitExceeded, "request.received"), (end.Detail.Reason, end.Detail.Field));
    }

    [Fact]
    public async Task Vmm_that_does_not_read_holds_nobody_up()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "live");
        await guest.MapDeviceAsync(3, eventCount: 1, firstLpi: 8192);
        var other = guest.Over(server.UnixSocket);
        using var vmm = await AttachedVmm.AttachAsync(guest);

        for (var round = 0; round < 500; round++)
        {
            await other.SignalAsync(3, 0);
            await other.EndAsync(0, await other.AcknowledgeAsync(0));
        }

        var last = (await other.DescribeAsync()).Lines[0];
        var told = await vmm.ReadChangesAsync();
        while (told.Lines[0].Generation != last.Generation)
        {
            told = await vmm.ReadChangesAsync();
        }

        Assert.Equal(last, Assert.Single(told.Lines));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("a request first")]
    [InlineData("attached twice")]
    [InlineData("empty message")]
    public async Task Messages_out_of_place_end_the_stream(string what)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "live");
        using var vmm = what is "attached twice" or "empty message"
            ? await AttachedVmm.AttachAsync(guest) : AttachedVmm.Open(guest.Api);

        switch (what)
        {
            case "nothing":
                await vmm.CompleteAsync();
                break;
            case "a request first":
                await vmm.SendAsync(AttachedVmm.Read("GITS_TYPER"));
                break;
            case "attached twice":
                await vmm.WriteAsync(new FromVmm { Attach = new AttachRequest { Vm = guest.Name } });
                break;
            default:
                await vmm.WriteAsync(new FromVmm());
                break;
        }

        var end = Refusal.Of(await vmm.EndAsync());

        Assert.Equal(StatusCode.InvalidArgument, end.Code);
        Assert.Contains(end.Detail.Reason, new[] { ErrorReason.Required, ErrorReason.UnexpectedMessage });
    }

    [Theory]
    [InlineData("short", false)]
    [InlineData("with a space in the middle", false)]
    [InlineData("a-well-formed-token", true)]
    public async Task Malformed_beginning_is_refused(string newSession, bool withSession)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "live");
        using var vmm = AttachedVmm.Open(guest.Api);

        await vmm.WriteAsync(new FromVmm
        {
            Attach = new AttachRequest
            {
                Vm = guest.Name,
                NewSession = newSession,
                Session = withSession ? "another-token-of-mine" : "",
            },
        });

        Assert.Equal(StatusCode.InvalidArgument, Refusal.Of(await vmm.EndAsync()).Code);
    }

    [Fact]
    public async Task Vm_that_is_not_there_cannot_be_attached()
    {
        await using var server = await TestServer.StartAsync();
        using var vmm = AttachedVmm.Open(server.Tcp);

        await vmm.WriteAsync(new FromVmm { Attach = new AttachRequest { Vm = "vms/nobody" } });
        var refusal = Refusal.Of(await vmm.EndAsync());

        Assert.Equal((ErrorReason.VmNotFound, "attach.vm"), (refusal.Detail.Reason, refusal.Detail.Field));
    }

    private static (ulong Sequence, ulong Value) Of(VmmAnswer answer) => (answer.Sequence, answer.Value);
}
