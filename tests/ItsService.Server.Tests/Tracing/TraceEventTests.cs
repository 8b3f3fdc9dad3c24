using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Injection;

namespace ItsService.Server.Tests.Tracing;

/// <summary>Each kind of event as a client is told it.</summary>
public class TraceEventTests
{
    private const uint Device = 7;
    private const uint Lpi = 8192;

    [Fact]
    public async Task Messages_lines_acknowledges_and_ends_come_in_order()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        using var tracer = await Tracer.BeginAsync(guest);
        var before = DateTime.UtcNow;

        await guest.SignalAsync(Device, 1);
        await guest.AcknowledgeAsync(1);
        await guest.EndAsync(1, Lpi + 1);
        var told = await tracer.ReadAsync(5);

        Assert.All(told, traced => Assert.InRange(traced.Time.ToDateTime(), before, DateTime.UtcNow));
        AssertTold(
            told,
            new TraceEvent
            {
                Kind = TraceEventKind.Msi,
                Its = 0,
                DeviceId = Device,
                EventId = 1,
                IntId = Lpi + 1,
                Vcpu = 1,
                Outcome = MsiOutcome.Pended,
            },
            Line(vcpu: 1, irq: true, generation: 1),
            new TraceEvent { Kind = TraceEventKind.Acknowledge, IntId = Lpi + 1, Vcpu = 1, Priority = 0xA0, Group = 1 },
            Line(vcpu: 1, irq: false, generation: 2),
            new TraceEvent { Kind = TraceEventKind.End, IntId = Lpi + 1, Vcpu = 1, Group = 1 });
        Assert.Equal([1u, 2, 3, 4, 5], told.Select(traced => (uint)traced.Sequence));
        Assert.Equal(told[0].Time, told[1].Time);
    }

    [Fact]
    public async Task Message_that_is_dropped_is_told_with_a_sentence()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        using var tracer = await Tracer.BeginAsync(guest);

        await guest.SignalAsync(Device, 99);

        AssertTold(await tracer.ReadAsync(1), new TraceEvent
        {
            Kind = TraceEventKind.Msi,
            Its = 0,
            DeviceId = Device,
            EventId = 99,
            Outcome = MsiOutcome.DroppedEventUnmapped,
            Message = "the message for event 99 of device 0x7 was dropped: no MAPTI has mapped the event",
        });
    }

    [Fact]
    public async Task Commands_are_decoded_and_what_INT_makes_pending_is_told()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        var offset = (uint)await guest.ReadAsync("GITS_CREADR");
        using var tracer = await Tracer.BeginAsync(guest);

        await guest.RunAsync(
            ItsCommand.MapDevice(9, 4, GuestMap.TranslationTable(0, 9)),
            ItsCommand.MapEvent(9, 3, Lpi + 5, 1),
            ItsCommand.Interrupt(9, 3),
            ItsCommand.Interrupt(9, 4),
            ItsCommand.MoveAll(0, 1));
        var told = await tracer.ReadAsync(7);

        Assert.Equal(
            [
                $"MAPD maps device 0x9 with 4 EventID bits and its ITT at 0x{GuestMap.TranslationTable(0, 9):X}",
                $"MAPTI maps event 3 of device 0x9 to LPI {Lpi + 5} in collection 1",
                "",
                "INT sends the message of event 3 of device 0x9",
                "INT names event 4 of device 0x9, which no MAPTI has mapped",
                "MOVALL moves what is pending at RDbase 0x0 to RDbase 0x1",
                "",
            ],
            told.Select(traced => traced.Message));
        Assert.Equal(
            [("MAPD", 0u), ("MAPTI", 0x20u), ("INT", 0x40u), ("INT", 0x60u), ("MOVALL", 0x80u)],
            told.Where(traced => traced.Kind == TraceEventKind.Command)
                .Select(traced => (traced.Command.OpcodeName, traced.Command.QueueOffset - offset)));
        Assert.Equal(
            (true, GuestMap.TranslationTable(0, 9), 4u),
            (told[0].Command.Valid, told[0].Command.IttAddress, told[0].Command.EventIdBits));
        Assert.Equal((9u, 3u, Lpi + 5, 1u), (told[1].DeviceId, told[1].EventId, told[1].IntId, told[1].CollectionId));
        AssertTold([told[2]], new TraceEvent
        {
            Kind = TraceEventKind.Lpi,
            Its = 0,
            DeviceId = 9,
            EventId = 3,
            IntId = Lpi + 5,
            Vcpu = 1,
            Outcome = MsiOutcome.Pended,
            SentByIntCommand = true,
        });
        Assert.Equal(("INT_UNMAPPED_INTERRUPT", 0x010307u), (told[4].Command.ErrorName, told[4].Command.ErrorCode));
        Assert.Equal((0u, 1u), (told[5].Command.Rdbase, told[5].Command.SecondRdbase));
        Assert.Equal(
            ItsCommand.MoveAll(0, 1).Doublewords.SelectMany(BitConverter.GetBytes), told[5].Command.Slot.ToByteArray());
    }

    [Fact]
    public async Task Direct_lpis_are_told_and_a_stalled_queue()
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        spec.Profile = Profile.Custom;
        spec.Custom = new ProfileOverrides { DirectLpis = true, CommandErrorPolicy = CommandErrorPolicy.Stall };
        var guest = await Guest.CreateAsync(server.Tcp, "guest", spec);
        await guest.SetUpLpisAsync(2);
        await guest.SetUpItsAsync();
        using var tracer = await Tracer.BeginAsync(
            guest, new TraceRequest { Kinds = { TraceEventKind.Lpi, TraceEventKind.Command } });

        await guest.WriteAsync("GICR_SETLPIR", Lpi + 9, index: 1);
        await guest.WriteAsync("GICR_SETLPIR", 1, index: 1);
        await guest.WriteAsync("GITS_CWRITER", await guest.PlaceAsync([ItsCommand.Interrupt(Device, 0)]));
        var told = await tracer.ReadAsync(3);

        AssertTold(
            told[..2],
            new TraceEvent { Kind = TraceEventKind.Lpi, IntId = Lpi + 9, Vcpu = 1, Outcome = MsiOutcome.Pended },
            new TraceEvent
            {
                Kind = TraceEventKind.Lpi,
                IntId = 1,
                Vcpu = 1,
                Outcome = MsiOutcome.DroppedIntidOutOfRange,
                Message = "INTID 1, which GICR_SETLPIR named, was dropped: it is no LPI that GICR_PROPBASER.IDbits of "
                    + "vCPU 1 covers",
            });
        Assert.True(told[2].Command.Stalled);
        Assert.StartsWith("the queue stalled: INT names device 0x7", told[2].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_of_devices_and_deactivation_are_told()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        await guest.WriteAsync("GICR_IGROUPR0", uint.MaxValue, index: 1);
        await guest.WriteAsync("GICR_ISENABLER0", 1u << 27, index: 1);
        await guest.WriteSystemAsync(1, "ICC_CTLR_EL1", 2);
        using var tracer = await Tracer.BeginAsync(guest);

        await guest.SetLevelsAsync(LineLevels.High(27, vcpu: 1), LineLevels.High(40));
        await guest.AcknowledgeAsync(1);
        await guest.SetLevelsAsync(LineLevels.Low(27, vcpu: 1));
        await guest.EndAsync(1, 27);
        await guest.WriteSystemAsync(1, "ICC_DIR_EL1", 27);

        AssertTold(
            await tracer.ReadAsync(8),
            new TraceEvent { Kind = TraceEventKind.Level, IntId = 27, Vcpu = 1, Asserted = true },
            Line(vcpu: 1, irq: true, generation: 1),
            new TraceEvent { Kind = TraceEventKind.Level, IntId = 40, Asserted = true },
            new TraceEvent { Kind = TraceEventKind.Acknowledge, IntId = 27, Vcpu = 1, Priority = 0, Group = 1 },
            Line(vcpu: 1, irq: false, generation: 2),
            new TraceEvent { Kind = TraceEventKind.Level, IntId = 27, Vcpu = 1 },
            new TraceEvent { Kind = TraceEventKind.End, IntId = 27, Vcpu = 1, Group = 1 },
            new TraceEvent { Kind = TraceEventKind.Deactivate, IntId = 27, Vcpu = 1 });
    }

    [Fact]
    public async Task Switches_and_mistakes_are_told_in_words()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        using var tracer = await Tracer.BeginAsync(guest);

        await guest.WriteAsync("GITS_CTLR", 0);
        await guest.WriteAsync("GICR_CTLR", 0, index: 1);
        await guest.WriteAsync("GICD_CTLR", 0);
        await guest.WriteSystemAsync(1, "ICC_PMR_EL1", 0x80);
        await guest.WriteSystemAsync(1, "ICC_PMR_EL1", 0);
        await guest.WriteSystemAsync(0, "ICC_IGRPEN1_EL1", 0);
        await guest.WriteSystemAsync(0, "ICC_IGRPEN0_EL1", 1);
        await guest.WriteAsync("GITS_TRANSLATER", 3);

        AssertTold(
            await tracer.ReadAsync(8),
            Switch("GITS_CTLR", 1, 0, "ITS 0 is disabled", its: 0),
            Switch("GICR_CTLR", 1, 0, "LPIs are disabled at vCPU 1", vcpu: 1),
            Switch("GICD_CTLR", 2, 0, "the distributor forwards no group"),
            Switch("ICC_PMR_EL1", 0xF0, 0x80, "vCPU 1 takes interrupts of priorities below 0x80", vcpu: 1),
            Switch("ICC_PMR_EL1", 0x80, 0, "vCPU 1 takes no interrupt", vcpu: 1),
            Switch("ICC_IGRPEN1_EL1", 1, 0, "Group 1 is disabled at vCPU 0", vcpu: 0),
            Switch("ICC_IGRPEN0_EL1", 0, 1, "Group 0 is enabled at vCPU 0", vcpu: 0),
            new TraceEvent
            {
                Kind = TraceEventKind.Mistake,
                Mistake = GuestMistakeKind.DoorbellWriteIgnored,
                Its = 0,
                Message = "the store by a CPU of 4 bytes at 0x10040 of the ITS is no message: it has no DeviceID",
            });
    }

    [Fact]
    public async Task What_is_done_to_the_VM_is_told_in_its_place()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        await guest.SignalAsync(Device, 1);
        var saved = await server.Tcp.SaveAsync(guest.Name);
        using var tracer = await Tracer.BeginAsync(guest);

        await guest.Api.PauseAsync(guest.Name);
        await guest.Api.PauseAsync(guest.Name);
        await guest.Api.ResetVmAsync(guest.Name);
        await server.Tcp.RestoreAsync(guest.Name, saved.Blob);
        await guest.Api.ResumeAsync(guest.Name);
        await guest.Api.ResumeAsync(guest.Name);
        await guest.SignalAsync(Device, 1);

        AssertTold(
            await tracer.ReadAsync(7),
            Moment(TracedVmMoment.Paused),
            Moment(TracedVmMoment.Reset),
            Line(vcpu: 1, irq: false, generation: 2),
            Line(vcpu: 1, irq: true, generation: 3),
            Moment(TracedVmMoment.Restored),
            Moment(TracedVmMoment.Resumed),
            new TraceEvent
            {
                Kind = TraceEventKind.Msi,
                Its = 0,
                DeviceId = Device,
                EventId = 1,
                IntId = Lpi + 1,
                Vcpu = 1,
                Outcome = MsiOutcome.Coalesced,
            });
    }

    private static TraceEvent Line(uint vcpu, bool irq, ulong generation) => new()
    {
        Kind = TraceEventKind.Line,
        Vcpu = vcpu,
        Line = new TracedLine { IrqAsserted = irq, Generation = generation },
    };

    private static TraceEvent Moment(TracedVmMoment moment) =>
        new() { Kind = TraceEventKind.Vm, VmMoment = moment };

    private static TraceEvent Switch(
        string register, uint before, uint value, string message, uint? its = null, uint? vcpu = null)
    {
        var traced = new TraceEvent
        {
            Kind = TraceEventKind.Switch,
            Message = message,
            Register = new TracedRegister { Name = register, ValueBefore = before, Value = value },
        };
        if (its is { } number)
        {
            traced.Its = number;
        }

        if (vcpu is { } index)
        {
            traced.Vcpu = index;
        }

        return traced;
    }

    /// <summary>Apart from their numbers and times, which each has.</summary>
    private static void AssertTold(TraceEvent[] told, params TraceEvent[] expected) => Assert.Equal(
        expected,
        told.Select(traced =>
        {
            Assert.NotEqual(0u, traced.Sequence);
            var copy = traced.Clone();
            (copy.Sequence, copy.Time) = (0, null);
            return copy;
        }));
}
