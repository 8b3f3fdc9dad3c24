using Google.Protobuf;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Diagnostics;

public class GetDiagnosticsTests
{
    private const uint Device = 0x10;

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Mistake_is_told_with_everything_about_it(Transport transport)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server[transport], "guest");
        await guest.MapDeviceAsync(Device, 1, 8192);
        var offset = await guest.ReadAsync("GITS_CWRITER");
        var before = DateTimeOffset.UtcNow;
        await guest.RunAsync(ItsCommand.Interrupt(Device, 9));

        var answer = await DiagnosticsOf(guest);

        var mistake = Assert.Single(answer.Mistakes);
        Assert.InRange(mistake.Time.ToDateTimeOffset(), before, DateTimeOffset.UtcNow);
        Assert.Equal(mistake.Time, mistake.FirstTime);
        (mistake.Time, mistake.FirstTime) = (null, null);
        Assert.Equal(
            new GuestMistake
            {
                Sequence = 1,
                Kind = GuestMistakeKind.CommandFailed,
                Message = "INT names event 9 of device 0x10, which no MAPTI has mapped",
                Its = 0,
                Command = new CommandMistake
                {
                    Opcode = 3,
                    OpcodeName = "INT",
                    QueueOffset = (uint)offset,
                    ErrorCode = 0x010307,
                    ErrorName = "INT_UNMAPPED_INTERRUPT",
                    Slot = GuestMap.Doublewords(ItsCommand.Interrupt(Device, 9).Doublewords),
                },
                DeviceId = Device,
                EventId = 9,
                Count = 1,
            },
            mistake);
        Assert.Equal((1u, 0u), (answer.LastSequence, answer.LostCount));
    }

    [Fact]
    public async Task Mistakes_are_there_however_they_came_in()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.InlineCommandsMax = 1);
        var guest = await Guest.BootAsync(server.Tcp, "guest", itsCount: 2);
        await guest.MapDeviceAsync(Device, 1, 8192, collection: 1, its: 1);
        await guest.RunAsync([ItsCommand.Clear(Device, 0)], its: 0);
        await guest.RunAsync([ItsCommand.Sync(0), ItsCommand.Sync(0), new ItsCommand(0x21, 0, 0)], its: 1);
        await guest.SignalAsync(Device, 5, its: 1);
        await guest.Api.BatchAsync(new BatchRequest
        {
            Vm = guest.Name,
            Accesses = { Write("GICR_CTLR", 0, index: 1), Write("GITS_TRANSLATER", 0, index: 1, device: Device) },
        });
        await guest.WriteAsync("GICR_PENDBASER", 0x1000_0000, index: 1);
        await guest.WriteAsync("GICR_CTLR", 1, index: 1);

        var answer = await DiagnosticsOf(guest);

        Assert.Equal(
            [
                "CLEAR names device 0x10, which no MAPD has mapped",
                "0x21 is the opcode of no command that this ITS has",
                "the message for event 5 of device 0x10 was dropped: no MAPTI has mapped the event",
                "the message for event 0 of device 0x10 was dropped: GICR_CTLR.EnableLPIs of vCPU 1 is 0",
                "the pending table of vCPU 1 cannot be read; no LPI of it is pending",
            ],
            answer.Mistakes.Select(mistake => mistake.Message));
        Assert.Equal([1u, 2u, 3u, 4u, 5u], answer.Mistakes.Select(mistake => mistake.Sequence));
        Assert.Equal([0u, 1u, 1u, 1u], answer.Mistakes.Take(4).Select(mistake => mistake.Its));
        Assert.Equal((8192u, 1u), (answer.Mistakes[3].IntId, answer.Mistakes[3].Vcpu));
        Assert.Equal(MsiOutcome.DroppedLpisDisabled, answer.Mistakes[3].Outcome);
        Assert.False(answer.Mistakes[4].HasIts);
        Assert.Equal(
            [
                new GuestMistakeTotal { Kind = GuestMistakeKind.CommandFailed, Count = 2 },
                new GuestMistakeTotal { Kind = GuestMistakeKind.MsiDropped, Count = 2 },
                new GuestMistakeTotal { Kind = GuestMistakeKind.PendingTableUnreadable, Count = 1 },
            ],
            answer.MistakeTotals);
        Assert.Equal(
            [
                new MsiTotal { Outcome = MsiOutcome.DroppedEventUnmapped, Count = 1 },
                new MsiTotal { Outcome = MsiOutcome.DroppedLpisDisabled, Count = 1 },
            ],
            answer.MsiTotals);
        Assert.Contains(
            new CommandTotal
            {
                Opcode = 0x21,
                OpcodeName = "0x21",
                ErrorCode = 0xFF00_0001,
                ErrorName = "UNKNOWN_OPCODE",
                Count = 1,
            },
            answer.CommandTotals);
    }

    [Fact]
    public async Task What_is_lost_on_its_way_to_a_redistributor_is_told_and_counted()
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        spec.Profile = Profile.Custom;
        spec.Custom = new ProfileOverrides { DirectLpis = true };
        var guest = await Guest.CreateAsync(server.Tcp, "direct", spec);
        await guest.SetUpLpisAsync(2);
        await guest.SetUpItsAsync();
        await guest.WriteAsync("GICR_SETLPIR", 70_000, index: 1);
        await guest.WriteAsync("GITS_TRANSLATER", 5);
        await guest.Api.WriteAsync(new WriteRegisterRequest
        {
            Vm = guest.Name,
            Target = Guest.At(GuestMap.ItsBase + 0x1_0040),
            SizeBytes = 8,
            Value = 5,
            DeviceId = Device,
        });
        await guest.WriteAsync("GICR_CTLR", 0, index: 1);
        await guest.WriteAsync("GICR_SETLPIR", 8192, index: 1);
        await guest.WriteAsync("GICR_PENDBASER", 0x1000_0000, index: 1);
        await guest.WriteAsync("GICR_CTLR", 1, index: 1);
        await guest.WriteAsync("GICR_SETLPIR", 8192, index: 1);
        await guest.WriteAsync("GICR_SETLPIR", 8193, index: 1);
        await guest.WriteAsync("GICR_CTLR", 0, index: 1);

        var answer = await DiagnosticsOf(guest);

        Assert.Equal(
            [
                "INTID 70000, which GICR_SETLPIR named, was dropped: it is no LPI that GICR_PROPBASER.IDbits of vCPU 1 "
                + "covers",
                "the store by a CPU of 4 bytes at 0x10040 of the ITS is no message: it has no DeviceID",
                "the write by device 0x10 of 8 bytes at 0x10040 of the ITS is no message: "
                + "GITS_TRANSLATER is at 0x10040 and takes 2 or 4 bytes",
                "INTID 8192, which GICR_SETLPIR named, was dropped: GICR_CTLR.EnableLPIs of vCPU 1 is 0",
                "the pending table of vCPU 1 cannot be read; no LPI of it is pending",
                "the pending table of vCPU 1 cannot be written; the 2 LPIs that were pending are lost",
            ],
            answer.Mistakes.Select(mistake => mistake.Message));
        var direct = answer.Mistakes[0];
        Assert.Equal(
            (GuestMistakeKind.DirectLpiDropped, false, 1u, 70_000u, MsiOutcome.DroppedIntidOutOfRange),
            (direct.Kind, direct.HasIts, direct.Vcpu, direct.IntId, direct.Outcome));
        var write = new DoorbellWrite { Offset = 0x1_0040, SizeBytes = 4, Value = 5 };
        Assert.Equal(write, answer.Mistakes[1].DoorbellWrite);
        write.SizeBytes = 8;
        Assert.Equal(write, answer.Mistakes[2].DoorbellWrite);
        Assert.Equal((true, false), (answer.Mistakes[1].HasIts, answer.Mistakes[1].HasDeviceId));
        Assert.Equal(
            (GuestMistakeKind.DoorbellWriteIgnored, Device), (answer.Mistakes[2].Kind, answer.Mistakes[2].DeviceId));
        Assert.Equal((2u, 2u), (answer.Mistakes[5].LostLpiCount, answer.LostLpiTotal));
        Assert.Equal(
            [
                new MsiTotal { Outcome = MsiOutcome.Pended, Count = 2 },
                new MsiTotal { Outcome = MsiOutcome.DroppedLpisDisabled, Count = 1 },
                new MsiTotal { Outcome = MsiOutcome.DroppedIntidOutOfRange, Count = 1 },
            ],
            answer.DirectLpiTotals);
        Assert.Empty(answer.MsiTotals);
    }

    [Fact]
    public async Task Pages_follow_one_another_without_a_gap()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        await guest.RunAsync([.. Enumerable.Range(0, 25).Select(number => ItsCommand.Clear((uint)number, 0))]);

        var sequences = new List<ulong>();
        GetDiagnosticsResponse page;
        do
        {
            page = await DiagnosticsOf(guest, sequences.LastOrDefault(), pageSize: 10);
            Assert.InRange(page.Mistakes.Count, 1, 10);
            sequences.AddRange(page.Mistakes.Select(mistake => mistake.Sequence));
        }
        while (sequences[^1] != page.LastSequence);

        Assert.Equal(Enumerable.Range(1, 25).Select(sequence => (ulong)sequence), sequences);
    }

    [Fact]
    public async Task Page_ends_before_it_is_too_large_a_message()
    {
        await using var server = await TestServer.StartAsync(options =>
        {
            options.Limits.MessageBytesMax = 64 << 10;
            options.Limits.MsiBatchRecordsMax = 1024;
            options.Limits.MemoryAccessBytesMax = 32 << 10;
            options.Limits.GuestMistakesKeptMax = 4096;
        });
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        await guest.SetUpItsAsync();
        await guest.RunAsync([.. Enumerable.Repeat(ItsCommand.Clear(1, 0), 900)]);

        var page = await DiagnosticsOf(guest);

        Assert.InRange(page.CalculateSize(), 16 << 10, 64 << 10);
        Assert.InRange(page.Mistakes.Count, 50, 899);
        Assert.Equal(900u, page.LastSequence);
    }

    [Fact]
    public async Task Guest_that_makes_no_mistake_has_totals_alone()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest", vcpuCount: 1);
        await guest.MapDeviceAsync(Device, 1, 8192);
        await guest.SignalAsync(Device, 0);
        await guest.SignalAsync(Device, 0);
        await guest.RunAsync(ItsCommand.Interrupt(Device, 0));

        var answer = await DiagnosticsOf(guest);

        Assert.Equal(
            new GetDiagnosticsResponse
            {
                MsiTotals =
                {
                    new MsiTotal { Outcome = MsiOutcome.Pended, Count = 1 },
                    new MsiTotal { Outcome = MsiOutcome.Coalesced, Count = 1 },
                },
                IntCommandTotals = { new MsiTotal { Outcome = MsiOutcome.Coalesced, Count = 1 } },
                CommandTotals =
                {
                    Executed("INT", 3, 1), Executed("SYNC", 5, 2), Executed("MAPD", 8, 1), Executed("MAPC", 9, 1),
                    Executed("MAPTI", 10, 1), Executed("INV", 12, 1),
                },
            },
            answer);
    }

    [Fact]
    public async Task Diagnostics_work_while_the_vm_is_paused_and_outlive_a_reset()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        await guest.SignalAsync(Device, 0);
        await server.Tcp.PauseAsync(guest.Name);
        var paused = await DiagnosticsOf(guest);
        await server.Tcp.ResetVmAsync(guest.Name);

        Assert.Single(paused.Mistakes);
        Assert.Equal(paused, await DiagnosticsOf(guest));
    }

    [Fact]
    public async Task Stalled_queue_is_told_as_one()
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        spec.CommandErrorPolicy = CommandErrorPolicy.Stall;
        var guest = await Guest.CreateAsync(server.Tcp, "stalled", spec);
        await guest.SetUpItsAsync();
        await guest.WriteAsync("GITS_CWRITER", await guest.PlaceAsync([ItsCommand.MapCollection(0, 7)]));

        var mistake = Assert.Single((await DiagnosticsOf(guest)).Mistakes);

        Assert.Equal(GuestMistakeKind.QueueStalled, mistake.Kind);
        Assert.Equal("the queue stalled: MAPC names RDbase 0x7, which is no redistributor's", mistake.Message);
        Assert.Equal("MAPC_PROCNUM_OOR", mistake.Command.ErrorName);
    }

    [Fact]
    public async Task Slot_that_cannot_be_read_has_no_bytes()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "nowhere");
        await guest.SetUpItsAsync();
        await guest.WriteAsync("GITS_CTLR", 0);
        await guest.WriteAsync("GITS_CBASER", (1UL << 63) | 0x1000_0000);
        await guest.WriteAsync("GITS_CTLR", 1);
        await guest.WriteAsync("GITS_CWRITER", 0x20);

        var command = Assert.Single((await DiagnosticsOf(guest)).Mistakes).Command;

        Assert.Equal(
            ("UNREADABLE_SLOT", 0xFF00_0002u, 0u, ByteString.Empty),
            (command.ErrorName, command.ErrorCode, command.Opcode, command.Slot));
    }

    private static Task<GetDiagnosticsResponse> DiagnosticsOf(Guest guest, ulong after = 0, uint pageSize = 0) =>
        guest.Api.GetDiagnosticsAsync(new GetDiagnosticsRequest
        {
            Vm = guest.Name,
            AfterSequence = after,
            PageSize = pageSize,
        });

    private static CommandTotal Executed(string name, uint opcode, ulong count) =>
        new() { OpcodeName = name, Opcode = opcode, Count = count };

    private static Access Write(string register, ulong value, uint index, uint? device = null)
    {
        var write = new WriteAccess { Target = Guest.Register(register, index), Value = value };
        if (device is { } requester)
        {
            write.DeviceId = requester;
        }

        return new Access { Write = write };
    }
}
