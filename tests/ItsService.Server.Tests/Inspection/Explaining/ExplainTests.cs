using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;
using static ItsService.Server.Tests.Inspection.Explaining.ExplainedGuest;

namespace ItsService.Server.Tests.Inspection.Explaining;

/// <summary>What an explanation tells beside the reason, and what it refuses.</summary>
public class ExplainTests
{
    [Fact]
    public async Task Steps_have_the_values_of_the_controller()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await ExplainedGuest.BootAsync(server.Tcp);
        await guest.SignalAsync(Device, 3);
        await guest.SignalAsync(Device, 1);
        var writeOffset = await guest.ReadAsync("GITS_CWRITER");

        var answer = await guest.ExplainAsync(3);

        Assert.Equal(
            new ItsStep
            {
                Passes = true,
                Enabled = true,
                QueueValid = true,
                ReadOffset = writeOffset,
                WriteOffset = writeOffset,
            },
            answer.Its);
        Assert.Equal(
            new DeviceStep
            {
                Passes = true,
                DeviceId = Device,
                TableValid = true,
                TableAddress = GuestMap.DeviceTable(0),
                EntryAddress = GuestMap.DeviceTable(0) + (8 * Device),
                Mapped = true,
                IttAddress = GuestMap.TranslationTable(0, Device),
                EventIdBits = 12,
                EventCount = EventCount,
            },
            answer.Device);
        Assert.Equal(
            new EventStep
            {
                Passes = true,
                EventId = 3,
                InRange = true,
                Mapped = true,
                IntId = Lpi + 3,
                EntryAddress = GuestMap.TranslationTable(0, Device) + (8 * 3),
            },
            answer.Event);
        Assert.Equal(new CollectionStep { Passes = true, Vcpu = 0 }, answer.Collection);
        Assert.Equal(
            new RedistributorStep
            {
                Passes = true,
                LpisEnabled = true,
                ConfigurationTableAddress = GuestMap.ConfigurationTable,
                PendingTableAddress = GuestMap.PendingTable(0),
                IntIdBits = 16,
                InRange = true,
                Pending = true,
                PendingLpiCount = 2,
            },
            answer.Redistributor);
        Assert.Equal(
            new ConfigurationStep
            {
                Passes = true,
                Known = true,
                Enabled = true,
                Priority = 0xA0,
                MemoryAddress = GuestMap.ConfigurationTable + 3,
                MemoryReadable = true,
                MemoryEnabled = true,
                MemoryPriority = 0xA0,
            },
            answer.Configuration);
        Assert.Equal(
            new CpuInterfaceStep
            {
                Group = 1,
                Priority = 0xA0,
                DistributorGroup1 = true,
                Group1 = true,
                PriorityMask = 0xF0,
                RunningPriority = 0xFF,
                BinaryPoint0 = 2,
                BinaryPoint1 = 3,
                Limit = 0xF0,
                HighestPendingIntId = Lpi + 1,
                HighestPendingPriority = 0xA0,
                Line = new VcpuLine { IrqAsserted = true, Generation = 1 },
            },
            answer.CpuInterface);
        Assert.Equal((NonDelivery.Outranked, Lpi + 3), (answer.Reason, answer.IntId));
    }

    [Fact]
    public async Task Level_1_entry_has_its_place_and_what_it_holds()
    {
        // A page of 64 KiB has the entries of 8,192 devices.
        const uint Far = 8192 + Device;
        const ulong Dangling = 0x1234_0000;
        const ulong Valid = 1UL << 63;
        var level1 = GuestMap.DeviceTable(0) + 8;
        await using var server = await TestServer.StartAsync();
        var guest = await ExplainedGuest.BootAsync(server.Tcp);
        await guest.WriteAsync("GITS_CTLR", 0);
        await guest.SetUpItsAsync(twoLevelDevices: true);
        await guest.WriteMemoryAsync(level1, GuestMap.Doublewords(Dangling));

        var dangling = await guest.ExplainAsync(device: Far);
        await guest.WriteMemoryAsync(level1, GuestMap.Doublewords(Valid | GuestMap.DataArea));
        await guest.MapDeviceAsync(Far, 0, 0);
        var mapped = await guest.ExplainAsync(device: Far);

        var expected = new DeviceStep
        {
            DeviceId = Far,
            TableValid = true,
            TableAddress = GuestMap.DeviceTable(0),
            TwoLevel = true,
            Level1Address = level1,
            Level1Entry = Dangling,
        };
        Assert.Equal((NonDelivery.Level1Invalid, expected), (dangling.Reason, dangling.Device));
        Assert.Contains($"(0x12340000 at 0x{level1:X})", dangling.Message, StringComparison.Ordinal);
        (expected.Level1Entry, expected.EntryAddress) = (Valid | GuestMap.DataArea, GuestMap.DataArea + (8 * Device));
        (expected.Passes, expected.Mapped, expected.EventIdBits) = (true, true, 12);
        expected.IttAddress = GuestMap.TranslationTable(0, Far);
        Assert.Equal(expected, mapped.Device);
    }

    [Fact]
    public async Task Second_its_is_looked_into_and_not_the_first()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest", itsCount: 2);
        await guest.MapDeviceAsync(Device, 1, Lpi, its: 1);
        await guest.SignalAsync(Device, 0, its: 1);

        var first = await guest.ExplainAsync();
        var second = await guest.ExplainAsync(its: 1);
        var byLpi = await guest.ExplainIntIdAsync(Lpi);
        Assert.Equal(Lpi, await guest.AcknowledgeAsync(0));
        await guest.WriteAsync("GITS_CTLR", 0, index: 1);
        var off = await guest.ExplainAsync(its: 1);

        Assert.Equal((NonDelivery.DeviceUnmapped, 0u), (first.Reason, first.Its.Its));
        Assert.DoesNotContain(first.LastEvents, touching => touching.Command?.OpcodeName == "MAPTI");
        Assert.Equal((NonDelivery.LineRaised, 1u, Lpi), (second.Reason, second.Its.Its, second.IntId));
        Assert.Equal(
            (GuestMap.DeviceTable(1) + (8 * Device), GuestMap.TranslationTable(1, Device)),
            (second.Device.EntryAddress, second.Event.EntryAddress));
        Assert.Equal(1u, second.LastEvents.Single(touching => touching.Command?.OpcodeName == "MAPTI").Command.Its);
        Assert.Equal(new LpiMapping { Its = 1, DeviceId = Device }, Assert.Single(byLpi.Mappings));
        Assert.Equal((NonDelivery.LineRaised, 1u), (byLpi.Reason, byLpi.Its.Its));
        Assert.Equal((NonDelivery.ItsDisabled, false), (off.Reason, off.Its.Enabled));
        Assert.StartsWith("GITS_CTLR.Enabled of ITS 1 is 0", off.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_device_and_event_are_told_what_is_mapped_next_to_them()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await ExplainedGuest.BootAsync(server.Tcp);
        foreach (var device in new uint[] { 1, 2, 3, 4, 5, 0x8000, 0x9000 })
        {
            await guest.MapDeviceAsync(device, 0, 0);
        }

        var noDevice = await guest.ExplainAsync(0, 0xA);
        var noEvent = await guest.ExplainAsync(17);

        Assert.Equal([2u, 3u, 4u, 5u, 0x10u, 0x8000u, 0x9000u], noDevice.NearestDeviceIds);
        Assert.EndsWith(
            "Mapped next to it: 0x2, 0x3, 0x4, 0x5, 0x10, 0x8000, 0x9000", noDevice.Message, StringComparison.Ordinal);
        Assert.Empty(noDevice.NearestEventIds);
        Assert.Equal([0u, 1u, 2u, 3u], noEvent.NearestEventIds);
        Assert.EndsWith("Mapped next to it: 0, 1, 2, 3", noEvent.Message, StringComparison.Ordinal);
        Assert.False(noEvent.HasIntId);
    }

    [Fact]
    public async Task Last_events_are_those_of_the_mapping_in_their_order_and_with_a_time()
    {
        await using var server = await TestServer.StartAsync();
        var before = DateTime.UtcNow;
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        await guest.SignalAsync(Device, 0);
        await guest.MapDeviceAsync(Device, 2, Lpi);
        await guest.RunAsync(ItsCommand.Interrupt(Device, 0), ItsCommand.Clear(Device, 5), ItsCommand.Clear(Device, 0));
        await guest.RunAsync(ItsCommand.InvalidateAll(0), ItsCommand.InvalidateAll(1), ItsCommand.MoveAll(1, 0));

        var events = (await guest.ExplainAsync()).LastEvents;

        Assert.Equal(
            [
                "MAPC maps collection 0 to RDbase 0x0",
                "the message for event 0 of device 0x10 was dropped: no MAPD has mapped the device",
                $"MAPD maps device 0x10 with 12 EventID bits and its ITT at 0x{GuestMap.TranslationTable(0, Device):X}",
                "MAPTI maps event 0 of device 0x10 to LPI 8192 in collection 0",
                "INV has the configuration of event 0 of device 0x10 read anew",
                "INT sends the message of event 0 of device 0x10",
                "CLEAR takes the pending state of event 0 of device 0x10 away",
                "INVALL has the configurations of collection 0 read anew",
                "MOVALL moves what is pending at RDbase 0x1 to RDbase 0x0",
            ],
            events.Select(touching => touching.Message));
        Assert.All(events, touching => Assert.InRange(touching.Time.ToDateTime(), before, DateTime.UtcNow));
        Assert.Equal(MsiOutcome.DroppedDeviceUnmapped, events[1].Mistake.Outcome);
        Assert.Equal(
            new MappingCommand
            {
                OpcodeName = "INT",
                Slot = GuestMap.Doublewords(ItsCommand.Interrupt(Device, 0).Doublewords),
            },
            events[5].Command);
    }

    [Fact]
    public async Task Command_in_error_is_among_the_last_events()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await ExplainedGuest.BootAsync(server.Tcp);
        await guest.RunAsync(ItsCommand.Clear(Device, 9));

        var answer = await guest.ExplainAsync(9);

        Assert.Equal(
            ["CLEAR names event 9 of device 0x10, which no MAPTI has mapped"],
            answer.LastEvents.Where(touching => touching.Mistake is not null).Select(touching => touching.Message));
    }

    [Fact]
    public async Task Pending_lpi_that_was_left_behind_is_shown_where_it_is()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await ExplainedGuest.BootAsync(server.Tcp);
        await guest.WriteSystemAsync(0, "ICC_PMR_EL1", 0);
        await guest.WriteAsync("GICR_CTLR", 0, index: 1);
        await guest.SignalAsync(Device, 0);
        await guest.RunAsync(ItsCommand.MapCollection(0, 1));

        var answer = await guest.ExplainAsync();

        Assert.Equal((NonDelivery.MaskedByPriorityMask, 1u), (answer.Reason, answer.Collection.Vcpu));
        Assert.Equal((0u, true), (answer.Redistributor.Vcpu, answer.Redistributor.Pending));
        Assert.Contains("its collection targets vCPU 1 by now", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_that_waits_behind_a_stalled_one_is_hinted_at()
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        spec.CommandErrorPolicy = CommandErrorPolicy.Stall;
        var guest = await Guest.CreateAsync(server.Tcp, "guest", spec);
        await guest.SetUpLpisAsync(2);
        await guest.SetUpItsAsync();
        await guest.PlaceAsync(
        [
            ItsCommand.MapEvent(Device, 0, Lpi, 0),
            ItsCommand.MapDevice(Device, 4, GuestMap.TranslationTable(0, Device)),
        ]);
        await guest.WriteAsync("GITS_CWRITER", 64);

        var answer = await guest.ExplainAsync();

        Assert.Equal((NonDelivery.DeviceUnmapped, true), (answer.Reason, answer.Its.Stalled));
        Assert.Contains(
            "the queue of ITS 0 is stalled on the command at 0x0", answer.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1u, null, null, "event.its", "there is no ITS 1", "0")]
    [InlineData(0u, 7u, 2u, "int_id.vcpu", "there is no vCPU 2", "0..1")]
    [InlineData(0u, 40u, 1u, "int_id.vcpu", "INTID 40 is not of one vCPU", "int_id 0..31")]
    [InlineData(0u, 8192u, 0u, "int_id.vcpu", "INTID 8192 is not of one vCPU", "int_id 0..31")]
    [InlineData(0u, 1020u, null, "int_id.int_id", "the VM has no INTID 1020", "0..255, and LPIs 8192..65535")]
    [InlineData(0u, 65536u, null, "int_id.int_id", "the VM has no INTID 65536", "0..255, and LPIs 8192..65535")]
    public async Task What_the_vm_does_not_have_is_refused(
        uint its, uint? intId, uint? vcpu, string field, string message, string accepted)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");

        var refusal = await Refusal.OfAsync(() => intId is { } number
            ? guest.ExplainIntIdAsync(number, vcpu)
            : guest.ExplainAsync(its: its));

        Assert.Equal(StatusCode.InvalidArgument, refusal.Code);
        Assert.Equal((ErrorReason.OutOfRange, field), (refusal.Detail.Reason, refusal.Detail.Field));
        Assert.Equal(message, refusal.Detail.Message);
        Assert.Contains(accepted, refusal.Detail.Accepted, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_without_an_interrupt_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");

        var refusal = await Refusal.OfAsync(() =>
            guest.Api.ExplainAsync(new ExplainRequest { Vm = guest.Name }));

        Assert.Equal((ErrorReason.Required, "interrupt"), (refusal.Detail.Reason, refusal.Detail.Field));
    }
}
