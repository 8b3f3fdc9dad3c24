using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Sessions;

/// <summary>What can be asked on the stream of a session, and what its answers tell.</summary>
public class SessionRequestTests
{
    private const uint Device = 3;
    private const uint Lpi = 8192;

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Every_kind_is_answered_in_order(Transport transport)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server[transport]);
        using var vmm = await AttachedVmm.AttachAsync(guest);

        await vmm.SendAsync(AttachedVmm.Read("GITS_TYPER"));
        await vmm.SendAsync(AttachedVmm.Write("GICD_IPRIORITYR8", 0x40));
        await vmm.SendAsync(AttachedVmm.Read("GICD_IPRIORITYR8"));
        await vmm.SendAsync(AttachedVmm.WriteSystem(1, "ICC_PMR_EL1", 0x80));
        await vmm.SendAsync(AttachedVmm.ReadSystem(1, "ICC_PMR_EL1"));
        await vmm.SendAsync(new VmmRequest
        {
            WriteMemory = new WriteMemoryAccess { Address = GuestMap.DataArea, Data = ByteString.CopyFrom(7, 8) },
        });
        await vmm.SendAsync(new VmmRequest
        {
            ReadMemory = new ReadMemoryAccess { Address = GuestMap.DataArea, LengthBytes = 3 },
        });
        await vmm.SendAsync(AttachedVmm.Message(Device, 0));
        var answers = new List<VmmAnswer>();
        for (var count = 0; count < 8; count++)
        {
            answers.Add(await vmm.ReadAnswerAsync());
        }

        Assert.Equal(Enumerable.Range(1, 8).Select(number => (ulong)number), answers.Select(a => a.Sequence));
        Assert.Equal(0x1EF71u, answers[0].Value);
        Assert.Equal(new WriteDone(), answers[1].Done);
        Assert.Equal(0x40u, answers[2].Value);
        Assert.Equal(0x80u, answers[4].Value);
        Assert.Equal(ByteString.CopyFrom(7, 8, 0), answers[6].Data);
        var result = Assert.Single(answers[7].Msis.Results);
        Assert.Equal((MsiOutcome.Pended, Lpi), (result.Outcome, result.IntId));
    }

    [Fact]
    public async Task Answer_carries_the_lines_that_its_request_changed()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        using var vmm = await AttachedVmm.AttachAsync(guest);

        var message = await vmm.AskAsync(AttachedVmm.Message(Device, 0));
        var acknowledged = await vmm.AskAsync(AttachedVmm.Acknowledge());
        var other = await vmm.AskAsync(AttachedVmm.Read("GITS_TYPER"));

        var generation = vmm.Attached.Lines[0].Generation;
        Assert.Equal(Line(true, generation + 1), Assert.Single(message.ChangedLines));
        Assert.Equal(Lpi, acknowledged.Value);
        Assert.Equal(Line(false, generation + 2), Assert.Single(acknowledged.ChangedLines));
        Assert.Empty(other.ChangedLines);
    }

    [Fact]
    public async Task Lines_that_others_change_are_told_before_what_happens_next()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        using var vmm = await AttachedVmm.AttachAsync(guest);

        var unary = await guest.SignalAsync(Device, 0);
        var told = await vmm.ReadChangesAsync();
        await guest.AcknowledgeAsync(0);
        var second = await vmm.ReadChangesAsync();
        var acknowledged = await vmm.AskAsync(AttachedVmm.Acknowledge());

        Assert.Equal(unary.ChangedLines, told.Lines);
        Assert.Equal((1u, 2u), (told.Number, second.Number));
        Assert.Equal(Line(false, told.Lines[0].Generation + 1), Assert.Single(second.Lines));
        Assert.Equal(1023u, acknowledged.Value);
    }

    [Fact]
    public async Task Commands_in_the_background_tell_their_lines()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.InlineCommandsMax = 1);
        var guest = await BootAsync(server.Tcp);
        using var vmm = await AttachedVmm.AttachAsync(guest);
        var writeOffset = await guest.PlaceAsync([ItsCommand.Sync(0), ItsCommand.Interrupt(Device, 0)]);

        var answer = await vmm.AskAsync(AttachedVmm.Write("GITS_CWRITER", writeOffset));
        var told = await vmm.ReadChangesAsync();

        Assert.Empty(answer.ChangedLines);
        Assert.True(Assert.Single(told.Lines).IrqAsserted);
    }

    [Fact]
    public async Task Wrong_request_has_its_number_and_the_unary_detail_and_the_stream_goes_on()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        using var vmm = await AttachedVmm.AttachAsync(guest);
        var wrong = AttachedVmm.Read("GITS_TYPER");
        wrong.Read.SizeBytes = 3;

        var size = await vmm.AskAsync(wrong);
        var vcpu = await vmm.AskAsync(AttachedVmm.Acknowledge(vcpu: 9));
        var nothing = await vmm.AskAsync(new VmmRequest());
        var memory = await vmm.AskAsync(new VmmRequest
        {
            ReadMemory = new ReadMemoryAccess { Address = 0x10, LengthBytes = 8 },
        });
        var batch = await vmm.AskAsync(new VmmRequest
        {
            Batch = new AccessList { Accesses = { new Access { Read = wrong.Read } } },
        });
        var right = await vmm.AskAsync(AttachedVmm.Read("GITS_TYPER"));

        var unary = await Refusals.Refusal.OfAsync(() => guest.ReadAsync("GITS_TYPER", sizeBytes: 3));
        Assert.Equal((1u, (uint)unary.Code), (size.Sequence, size.Error.Code));
        Assert.Equal((unary.Detail.Reason, $"read.{unary.Detail.Field}"), Single(size));
        Assert.Equal(unary.Detail.Accepted, size.Error.Details[0].Accepted);
        Assert.Equal((ErrorReason.OutOfRange, "read_system_register.vcpu"), Single(vcpu));
        Assert.Equal((ErrorReason.Required, "kind"), Single(nothing));
        Assert.Equal((uint)StatusCode.OutOfRange, memory.Error.Code);
        Assert.Equal((ErrorReason.OutOfRange, "accesses[0].read.size_bytes"), Single(batch));
        Assert.Equal((6u, 0x1EF71u), (right.Sequence, right.Value));
    }

    [Fact]
    public async Task Batch_is_made_in_order_and_one_that_leaves_the_gate_is_answered_once()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.BatchCommandsMax = 1);
        var guest = await BootAsync(server.Tcp);
        using var vmm = await AttachedVmm.AttachAsync(guest);
        var writes = Enumerable.Range(0, 40).Select(turn => new Access
        {
            Write = new WriteAccess { Target = Guest.Register("GICD_CTLR"), Value = turn % 2 == 0 ? 0u : 2u },
        });
        var read = new Access { Read = new ReadAccess { Target = Guest.Register("GICD_CTLR") } };

        await vmm.SendAsync(new VmmRequest { Batch = new AccessList { Accesses = { writes, read } } });
        await vmm.SendAsync(AttachedVmm.Read("GITS_TYPER"));
        var batch = await vmm.ReadAnswerAsync();
        var next = await vmm.ReadAnswerAsync();

        Assert.Equal(41, batch.Batch.Results.Count);
        Assert.Equal(2u, batch.Batch.Results[40].Value & 0b11);
        Assert.Equal(0x1EF71u, next.Value);
    }

    [Fact]
    public async Task Detach_ends_the_session_when_all_is_answered()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        using var vmm = await AttachedVmm.AttachAsync(guest);

        await vmm.SendAsync(AttachedVmm.Read("GITS_TYPER"));
        await vmm.WriteAsync(new FromVmm { Detach = new Detach() });

        Assert.Equal(0x1EF71u, (await vmm.ReadAnswerAsync()).Value);
        await vmm.EndsWellAsync();
        using var next = await AttachedVmm.AttachAsync(guest);
        Assert.NotEqual(vmm.Attached.Session, next.Attached.Session);
        Assert.Equal(0u, next.Attached.LastTaken);
    }

    private static async Task<Guest> BootAsync(Api api)
    {
        var guest = await Guest.BootAsync(api, "live");
        await guest.MapDeviceAsync(Device, eventCount: 2, firstLpi: Lpi);
        return guest;
    }

    private static VcpuLine Line(bool isAsserted, ulong generation) =>
        new() { Vcpu = 0, IrqAsserted = isAsserted, Generation = generation };

    private static (ErrorReason Reason, string Field) Single(VmmAnswer answer)
    {
        var detail = Assert.Single(answer.Error.Details);
        return (detail.Reason, detail.Field);
    }
}
