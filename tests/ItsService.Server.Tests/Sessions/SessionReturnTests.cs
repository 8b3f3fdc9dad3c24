using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;

namespace ItsService.Server.Tests.Sessions;

/// <summary>A VMM whose connection was cut attaches again: nothing is lost, and nothing happens twice.</summary>
public class SessionReturnTests
{
    private const uint Device = 3;
    private const uint Lpi = 8192;

    [Fact]
    public async Task Answer_that_was_not_received_is_told_again_and_its_request_is_not_executed_again()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server);
        await guest.SignalAsync(Device, 0);
        await guest.SignalAsync(Device, 1);
        using var first = await AttachedVmm.AttachAsync(guest);
        var answer = await first.AskAsync(AttachedVmm.Acknowledge());
        first.Cut();

        using var second = await first.AgainAsync(guest, received: 0);
        await second.WriteAsync(Request(1, AttachedVmm.Acknowledge()));
        var again = await second.ReadAnswerAsync();
        var next = await second.AskAsync(AttachedVmm.Acknowledge());

        Assert.Equal((first.Attached.Session, 1u), (second.Attached.Session, second.Attached.LastTaken));
        Assert.Equal(answer, again);
        Assert.Equal((1u, Lpi), (again.Sequence, again.Value));
        Assert.Equal((2u, 1023u), (next.Sequence, next.Value));
    }

    [Fact]
    public async Task Answer_that_was_received_is_not_told_again()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server);
        using var first = await AttachedVmm.AttachAsync(guest);
        await first.AskAsync(AttachedVmm.Read("GITS_TYPER"));
        await first.AskAsync(AttachedVmm.Read("GITS_TYPER"));
        first.Cut();

        using var second = await first.AgainAsync(guest, received: 2);
        var next = await second.AskAsync(AttachedVmm.Read("GITS_CTLR"));

        Assert.Equal(3u, next.Sequence);
    }

    [Fact]
    public async Task Request_that_waits_when_the_connection_is_cut_has_not_happened()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server);
        await guest.SignalAsync(Device, 0);
        using var first = await AttachedVmm.AttachAsync(guest);
        await guest.Api.PauseAsync(guest.Name);
        await first.SendAsync(AttachedVmm.Acknowledge());
        await server.Host(guest.Name).UntilWaitingAsync(1);
        first.Cut();
        await server.Host(guest.Name).UntilWaitingAsync(0);
        await guest.Api.ResumeAsync(guest.Name);

        using var second = await first.AgainAsync(guest, received: 0);
        var acknowledged = await second.AskAsync(AttachedVmm.Acknowledge());

        Assert.Equal(0u, second.Attached.LastTaken);
        Assert.Equal((1u, Lpi), (acknowledged.Sequence, acknowledged.Value));
    }

    [Fact]
    public async Task Second_stream_of_the_session_takes_over_from_one_that_is_not_known_to_be_cut()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server);
        using var first = await AttachedVmm.AttachAsync(guest);
        await first.AskAsync(AttachedVmm.Read("GITS_TYPER"));

        using var second = await first.AgainAsync(guest, received: 1);
        var end = Refusal.Of(await first.EndAsync());

        Assert.Equal((StatusCode.Aborted, ErrorReason.SessionTakenOver), (end.Code, end.Detail.Reason));
        Assert.Equal(2u, (await second.AskAsync(AttachedVmm.Read("GITS_TYPER"))).Sequence);
    }

    [Fact]
    public async Task Lines_that_changed_meanwhile_are_told_at_the_beginning()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server);
        using var first = await AttachedVmm.AttachAsync(guest);
        first.Cut();
        await server.Requests.UntilAsync(0);
        var signalled = await guest.SignalAsync(Device, 0);
        await guest.Api.PauseAsync(guest.Name);

        using var second = await first.AgainAsync(guest, received: 0);

        Assert.Equal(signalled.ChangedLines[0], second.Attached.Lines[0]);
        Assert.Equal(2, second.Attached.Lines.Count);
        Assert.Equal(VmState.Paused, second.Attached.State);
        await guest.Api.ResumeAsync(guest.Name);
        Assert.Equal(VmState.Running, (await second.ReadChangesAsync()).State);
    }

    [Fact]
    public async Task Reset_that_was_not_received_is_told_again()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server);
        using var first = await AttachedVmm.AttachAsync(guest);
        await guest.Api.ResetVmAsync(guest.Name);
        var told = await first.ReadChangesAsync();
        first.Cut();

        using var second = await first.AgainAsync(guest, received: 0);
        var again = await second.ReadChangesAsync();
        second.Cut();
        using var third = await second.AgainAsync(guest, received: 0, receivedChanges: again.Number);
        await third.SendAsync(AttachedVmm.Read("GITS_TYPER"));

        Assert.True(told.WasReset && again.WasReset);
        Assert.Equal(told.Number + 1, again.Number);
        Assert.NotNull(await third.ReadAnswerAsync());
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(2ul)]
    [InlineData(4ul)]
    public async Task Answers_that_wait_for_many_streams_are_told_whole(ulong received)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server);
        using var first = await AttachedVmm.AttachAsync(guest);
        for (var count = 0; count < 4; count++)
        {
            await first.AskAsync(AttachedVmm.Read("GITS_TYPER"));
        }

        first.Cut();
        using var second = await first.AgainAsync(guest, received);
        for (var sequence = received + 1; sequence <= 4; sequence++)
        {
            Assert.Equal(sequence, (await second.ReadAnswerAsync()).Sequence);
        }

        Assert.Equal(5u, (await second.AskAsync(AttachedVmm.Read("GITS_TYPER"))).Sequence);
    }

    [Theory]
    [InlineData("not-the-token-of-it")]
    [InlineData("")]
    public async Task Who_does_not_know_the_token_is_refused(string token)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server);
        using var first = await AttachedVmm.AttachAsync(guest);

        using var second = AttachedVmm.Open(guest.Api);
        await second.WriteAsync(new FromVmm { Attach = new AttachRequest { Vm = guest.Name, Session = token } });
        var refusal = Refusal.Of(await second.EndAsync());

        var isHeld = token.Length == 0;
        Assert.Equal(isHeld ? ErrorReason.SessionHeld : ErrorReason.SessionNotFound, refusal.Detail.Reason);
        Assert.True(!isHeld || refusal.Message.Contains("attached at", StringComparison.Ordinal), refusal.Message);
        Assert.Equal(0x1EF71u, (await first.AskAsync(AttachedVmm.Read("GITS_TYPER"))).Value);
    }

    [Fact]
    public async Task Restarted_vmm_takes_the_vm_over()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server);
        using var first = await AttachedVmm.AttachAsync(guest);
        await first.AskAsync(AttachedVmm.Read("GITS_TYPER"));

        using var second = await AttachedVmm.AttachAsync(
            guest.Api, new AttachRequest { Vm = guest.Name, TakeOver = true });
        var end = Refusal.Of(await first.EndAsync());

        Assert.Equal(ErrorReason.SessionTakenOver, end.Detail.Reason);
        Assert.Equal(0u, second.Attached.LastTaken);
        Assert.Equal(1u, (await second.AskAsync(AttachedVmm.Read("GITS_TYPER"))).Sequence);
    }

    [Fact]
    public async Task Token_of_the_vmms_own_makes_a_second_beginning_harmless()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server);
        var begin = new AttachRequest { Vm = guest.Name, NewSession = "a-token-of-my-own-1" };
        using var first = await AttachedVmm.AttachAsync(guest.Api, begin);
        first.Cut();

        using var second = await AttachedVmm.AttachAsync(guest.Api, begin);

        Assert.Equal(begin.NewSession, second.Attached.Session);
    }

    private static FromVmm Request(ulong sequence, VmmRequest request)
    {
        request.Sequence = sequence;
        return new FromVmm { Request = request };
    }

    private static async Task<Guest> BootAsync(TestServer server)
    {
        var guest = await Guest.BootAsync(server.Tcp, "live");
        await guest.MapDeviceAsync(Device, eventCount: 2, firstLpi: Lpi);
        return guest;
    }
}
